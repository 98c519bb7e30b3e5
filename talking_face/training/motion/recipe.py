"""The recipe of the motion model: a small network on what is heard, or several, one after another, averaged in use.

Once the first has learnt to listen, what it predicts brings sources whose sound and picture do not quite line up into
step; it goes on with that, as do the others. Given a teacher, hearing learns as well.
"""

import copy
import json
from pathlib import Path

import numpy as np
import torch
from pydantic import Field, NonNegativeFloat, NonNegativeInt

from talking_face.data.motion_sets import GROUPS, MIN_CONFIDENCE, load_recordings, resting_faces, shift_sound
from talking_face.data.phones import CLASSES
from talking_face.evaluation.lips.correlation import mouth_width, score_speakers, summarise, to_measure
from talking_face.evaluation.lips.sync import SyncNetwork
from talking_face.face.geometry import lip_opening
from talking_face.face.shape import FaceShape
from talking_face.motion.hearing import SIZE, Hearing
from talking_face.motion.model import MotionModel
from talking_face.motion.network import LipNetwork, PlaceClassifier
from talking_face.training.core.config import Count, Positive, TrainingConfig, require
from talking_face.training.core.recipe import Recipe, warm_up_and_cosine
from talking_face.training.motion.hearing import Teacher, foresight_loss, save_hearing
from talking_face.training.motion.loss import motion_loss, timing_loss
from talking_face.training.motion.places import fit_places
from talking_face.training.motion.spoken import SpokenSampler, hearing_loss, speaking_loss
from talking_face.training.motion.sync import find_shifts, seen
from talking_face.training.motion.validation import plot_openings
from talking_face.training.motion.width import lip_opening_displacement, match_width
from talking_face.training.motion.windows import WindowSampler, heard, nothing, speech_motion
from talking_face.weights import save_weights

DOUBTFUL = MIN_CONFIDENCE - 0.05  # recordings a little less sure than the ones measured on may still teach

HEARING, FORESEES = "hearing", "foresees"

# How often each group of sources is drawn.
SHARES = {"main": 0.09, "grid": 0.09, "arabic": 0.12, "web": 0.36, "emotional": 0.08, "generated": 0.26}


class MotionConfig(TrainingConfig):
    """What the motion model's training can be told."""

    output: str = "checkpoints/motion.safetensors"
    run: str = "runs/motion"
    steps: Count = 600  # of all networks together
    listen_after: Count = 300  # steps of the first network, after which it brings the recordings into step
    batch: Count = 32
    learning_rate: Positive = 2e-3
    warm_up: NonNegativeInt = 100  # for each network
    ema: float = Field(0.99, ge=0, lt=1)
    validate_every: Count = 300
    weight_decay: NonNegativeFloat = 0.02
    window: Count = 80  # frames
    components: Count = 16
    networks: Count = 1
    start: str = ""  # weights, with their sync.json, that the networks go on from; "" = from chance
    sync: str = ""  # sync.json to bring the recordings into step by; "" = found by the first network
    timing: NonNegativeFloat = 0.3  # weight of features telling a moment's lips from those of other moments
    shares: dict[str, NonNegativeFloat] = SHARES
    spoken: str = ""  # synthetic speech, as `prepare-spoken` writes it; "" = none
    spoken_batch: NonNegativeInt = 8  # windows of it that join each batch
    listen_first: NonNegativeInt = 0  # steps of each network on nothing but that speech's phones
    hearing: str = "checkpoints/hearing.safetensors"  # what is heard by
    teacher: str = ""  # all layers of Whisper's encoder, which hearing learns to foresee; "" = it stays as it is
    hearing_rate: Positive = 1e-4  # its learning rate
    foresight: NonNegativeFloat = 1.0  # weight of foreseeing
    gain: Positive = 0.985  # makes up for what averaging takes from strangers' amplitude; from the held-out wide sets

    def model_post_init(self, context):
        require(self.steps % self.networks == 0, "steps", "a multiple of the number of networks")
        require(self.networks == 1 or not self.teacher, "teacher", "one network's alone")
        known = set(self.shares) <= set(GROUPS) and any(self.shares.values())
        require(known, "shares", f"numbers, not all 0, of {', '.join(GROUPS)}")


class MotionRecipe(Recipe):
    """Trains the motion networks on all motion material of the data room.

    Parameters
    ----------
    config : MotionConfig
    """

    Config = MotionConfig

    def __init__(self, config):
        super().__init__(config)
        self.sync = SyncNetwork.load().to(self.device)
        self.hearing = copy.deepcopy(Hearing.load(Path(config.hearing))).to(self.device)
        self.teacher = Teacher(config.teacher) if config.teacher else nothing
        self.names = [f"member {i}" for i in range(1, config.networks + 1)]
        for name in self.names:
            network = LipNetwork(config.components).to(self.device)
            phones = torch.nn.Linear(network.head.in_features, len(CLASSES)).to(self.device)
            timing = torch.nn.Linear(network.head.in_features, self.sync.sees[-1].out_features).to(self.device)
            self.modules |= {name: network, f"phones of {name}": phones, f"timing of {name}": timing}
            trained = [p for module in (network, phones, timing) for p in module.parameters()]
            groups = [{"params": trained}]
            if config.teacher:
                foresees = torch.nn.Linear(SIZE, SIZE).to(self.device)
                self.modules |= {HEARING: self.hearing.requires_grad_(True), FORESEES: foresees}
                trained += foresees.parameters()
                groups.append({"params": list(self.hearing.parameters()), "lr": config.hearing_rate})
            self.optimisers[name] = torch.optim.AdamW(
                groups, config.learning_rate, betas=(0.9, 0.98), weight_decay=config.weight_decay
            )
        self.recordings = load_recordings(config.data, FaceShape.load())
        self.resting = resting_faces(self.recordings)
        # Speaker -> mel columns, once the first network can listen.
        self.shifts = json.loads(Path(config.sync).read_text()) if config.sync else None
        self.spoken = SpokenSampler(config.spoken, config.window, self.teacher) if config.spoken else None
        self.samplers = {}  # whether in step -> sampler
        shapes = self._shapes()
        self.basis = np.linalg.svd(shapes, full_matrices=False)[2][: config.components].astype(np.float32)
        self.scale = np.maximum((shapes @ self.basis.T).std(0), 1e-3).astype(np.float32)  # of each coefficient
        if config.start:
            self._go_on_from(Path(config.start))

    def learning_rate_factor(self, step):
        steps = self._network_steps()
        return warm_up_and_cosine((step - 1) % steps + 1, self.config.warm_up, steps)

    def advance(self, step):
        turn = (step - 1) // self._network_steps()
        name = self.names[turn]
        self.averaged = (name, HEARING) if self.config.teacher else (name,)
        if step > self.config.listen_after and self.shifts is None:
            self._synchronise()
        random = self.random(step)
        if self.spoken and (step - 1) % self._network_steps() < self.config.listen_first:
            losses = self._listen(name, self.spoken.batch(self.config.batch, random))
        else:
            losses = self._move(name, random)
        self.descend(name, sum(losses.values()))
        return losses

    def _listen(self, name, batch):
        """Losses of hearing phones alone."""
        mels, classes, *_ = (x.to(self.device) for x in batch)
        with self.autocast():
            logits = self.modules[f"phones of {name}"](self.modules[name].features(self.hearing(mels)))
        return {f"{name}, phones": hearing_loss(logits.float(), classes)}

    def _move(self, name, random):
        """Losses of moving as real people's lips do, and as synthetic speech demands."""
        sampler = self._sampler()
        mels, targets, valid, deep = (x.to(self.device) for x in sampler.batch(self.config.batch, random))
        spoken = self.spoken.batch(self.config.spoken_batch, random) if self.spoken else ()
        spoken_mels, *spoken = (x.to(self.device) for x in spoken) if spoken else (mels[:0],)
        with self.autocast():
            sound = self.hearing(torch.cat([mels, spoken_mels]))
            features = self.modules[name].features(sound)
            coefficients = self.modules[name].head(features).float()
            logits = self.modules[f"phones of {name}"](features[len(mels) :]).float()
            said = self.modules[f"timing of {name}"](features[: len(mels)]).float()
        scale = torch.from_numpy(self.scale).to(self.device)
        shapes = self.basis.reshape(-1, 68, 2)
        opening, width = (torch.from_numpy(f(shapes)).to(self.device) for f in (lip_opening, mouth_width))
        units = opening, width, float(scale.square().sum()), sampler.spread
        real, made = (coefficients * scale).split([len(mels), len(spoken_mels)])
        losses = {name: motion_loss(real, targets, valid, *units)}
        if self.config.timing:
            lips = (targets.cpu().numpy() @ self.basis).reshape(*targets.shape[:2], 68, 2)
            losses[f"{name}, timing"] = self.config.timing * timing_loss(said, seen(self.sync, lips))
        if self.config.teacher:
            known = torch.cat([deep, *spoken[4:]]), torch.cat([valid, *spoken[3:4]])
            with self.autocast():
                foreseen = self.modules[FORESEES](sound).float()
            losses["foresight"] = self.config.foresight * foresight_loss(foreseen, *known)
        if spoken:
            losses[f"{name}, phones"] = 0.1 * hearing_loss(logits, spoken[0])
            losses[f"{name}, synthetic speech"] = 0.15 * speaking_loss(made, *spoken[:3], *units)
        return losses

    def validate(self, step):
        networks = [self.modules[name] for name in self.names if name in self.averages.weights]
        held_out = [r for r in self._in_step() if to_measure(r)]
        scores = score_speakers(held_out, lambda log_mel: self._predict(networks, log_mel))
        return summarise(scores), plot_openings(scores)

    def export(self, path):
        """Write all that `motion.model.MotionModel` reads; the shifts go to `sync.json`."""
        members = [self.modules[name].state_dict() for name in self.names]
        tensors = {f"{i}.{key}": value for i, weights in enumerate(members) for key, value in weights.items()}
        shapes = self._shapes()
        opening = lip_opening_displacement(shapes.reshape(-1, 68, 2))
        basis = match_width(self.config.gain * self._directions(), self._predicted(), shapes, opening)
        arrays = {"basis": basis, "opening": opening}
        tensors |= {name: torch.from_numpy(np.asarray(array, np.float32)) for name, array in arrays.items()}
        tensors |= {f"places.{key}": value for key, value in self._places().state_dict().items()}
        save_weights(path, tensors, "motion", self.config.model_dump(include={"networks", "components"}))
        if self.config.teacher:
            weights = self.hearing.state_dict()
            save_hearing(Path(self.config.output).with_name("hearing.safetensors"), weights, self.hearing.config)
        sync = Path(self.config.output).with_name("sync.json")
        sync.write_text(json.dumps(self.shifts or {}, indent=1, sort_keys=True) + "\n")

    def _places(self):
        """The classifier of places of articulation that goes with the first network; undecided without such speech."""
        first = self.modules[self.names[0]]
        return fit_places(self.spoken, self.hearing, first) if self.spoken else PlaceClassifier(first.head.in_features)

    def state(self):
        arrays = {"basis": torch.from_numpy(self.basis), "scale": torch.from_numpy(self.scale)}
        return arrays | {"shifts": self.shifts}

    def restore(self, state):
        self.basis, self.scale = state["basis"].cpu().numpy(), state["scale"].cpu().numpy()
        self.shifts = state["shifts"]

    def data_notes(self):
        people = lambda held_out: len({r.speaker for r in self.recordings if r.held_out == held_out})
        return {"people in training": people(False), "people held out": people(True)}

    def _network_steps(self):
        return self.config.steps // self.config.networks

    def _go_on_from(self, path):
        """Take over another model's networks, the directions that they speak of, and its shifts."""
        model = MotionModel.load(path)
        size = np.linalg.norm(model.basis, axis=1, keepdims=True)
        self.basis, self.scale = model.basis / size, size[:, 0] / np.float32(self.config.gain)
        for name, network in zip(self.names, model.networks, strict=False):
            self.modules[name].load_state_dict(network.state_dict())
        self.shifts = json.loads(path.with_name("sync.json").read_text())

    def _directions(self):
        """Displacement a unit of a network's outputs: (K, 136)."""
        return self.scale[:, None] * self.basis

    def _in_step(self):
        """All recordings, in step once it is known how."""
        shifts = self.shifts or {}
        return [shift_sound(r, shifts.get(r.speaker, 0)) for r in self.recordings]

    def _training(self, recordings):
        return [r for r in recordings if not r.held_out and r.confidence >= DOUBTFUL]

    def _shapes(self):
        """Every third frame's displacement from rest of the real recordings trained on: (N, 136)."""
        moves = [speech_motion(r, self.resting)[::3] for r in self._real()]
        return np.concatenate(moves).reshape(-1, 136)

    def _predicted(self):
        """What the networks say of every sixth of the real recordings that `_shapes` comes from: (N, K)."""
        networks = [self.modules[name] for name in self.names]
        return np.concatenate([self._hear(networks, r.log_mel) for r in self._real()[::6]])

    def _real(self):
        return [r for r in self._training(self._in_step()) if r.source_group != "generated"]

    @torch.no_grad()
    def _hear(self, networks, log_mel):
        """Mean coefficients of some networks: (4 T, 80) -> (T, K)."""
        sound = self.hearing(torch.from_numpy(heard(log_mel))[None].to(self.device))
        return (sum(network(sound)[0] for network in networks) / len(networks)).cpu().numpy()

    def _predict(self, networks, log_mel):
        """What they make of lips: (4 T, 80) -> (T, 68, 2)."""
        return (self._hear(networks, log_mel) @ (self.config.gain * self._directions())).reshape(-1, 68, 2)

    def _sampler(self):
        """Windows of the recordings, made anew when they have been brought into step."""
        in_step = self.shifts is not None
        if in_step not in self.samplers:
            recordings = self._training(self._in_step())
            sizes = self.basis, self.config.window, self.config.shares
            self.samplers = {in_step: WindowSampler(recordings, self.resting, *sizes, self.teacher)}
        return self.samplers[in_step]

    def _synchronise(self):
        with self.averages.in_place():
            first = [self.modules[self.names[0]]]
            self.shifts = find_shifts(self.recordings, lambda log_mel: self._predict(first, log_mel))
        print(f"brought {len(self.shifts)} speakers into step", flush=True)
