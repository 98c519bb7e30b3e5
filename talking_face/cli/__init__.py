"""The command line: `python -m talking_face COMMAND ...`.

Whatever is wrong with what a person gave is said in one sentence on standard error, with exit code 2.
"""

import argparse
import json
import sys
import time
from pathlib import Path

from talking_face.emotions import EMOTIONS
from talking_face.errors import TalkingFaceError
from talking_face.paths import CONFIGS

EXIT_UNMARKED = 1
EXIT_REFUSED = 2
EXIT_INTERRUPTED = 130

MODEL_HELP = "deformable, baseline, baseline-deform, or the path of a checkpoint"
CROP_HELP = "write the 256 px face crop, not the whole photo"
CLIPS_HELP = "a folder of videos or of clips made by prepare, or a CSV index with a column path"


def main(argv=None):
    """Run a command; returns the exit code."""
    args = parser().parse_args(argv)
    try:
        code = args.run(args)
    except TalkingFaceError as error:
        print(f"talking_face: {error}", file=sys.stderr)
        return EXIT_REFUSED
    except KeyboardInterrupt as stop:
        print(" ".join(("talking_face: stopped", *map(str, stop.args))) + "; nothing was written.", file=sys.stderr)
        return EXIT_INTERRUPTED
    return code or 0


def parser():
    """The argument parser of all commands."""
    root = argparse.ArgumentParser(
        prog="python -m talking_face", description="A photo and a voice become a talking face."
    )
    commands = root.add_subparsers(required=True, metavar="COMMAND")

    generate = commands.add_parser("generate", help="make a video of one photo saying one recording")
    generate.add_argument("--image", required=True, help="the photo")
    generate.add_argument("--audio", required=True, help="the recording, in any format ffmpeg reads")
    generate.add_argument("--output", required=True, help="the video to write, .mp4")
    emotion_help = (
        "anger, disgust, fear, happiness, neutral or sadness; or several, as in '0-2 s happiness, then sadness'"
    )
    generate.add_argument("--emotion", default="neutral", help=emotion_help)
    generate.add_argument("--intensity", type=float, default=1.0, help="strength of the emotion, 0 to 1.5")
    generate.add_argument("--model", default="deformable", help=MODEL_HELP)
    generate.add_argument("--crop", action="store_true", help=CROP_HELP)
    generate.add_argument("--mark", action="store_true", help="draw a small “AI” in the corner of the picture")
    generate.add_argument("--seed", type=int, default=0, help="of blinks and head sway")
    generate.add_argument("--max-side", type=int, default=1280, help="longest side to keep of the photo, pixels")
    generate.add_argument("--max-seconds", type=float, default=60, help="longest recording to accept")
    generate.add_argument("--json", action="store_true", help="print frames, seconds and stage timings as one line")
    generate.set_defaults(run=run_generate)

    add_generate_all(commands)
    add_verify(commands)
    add_evaluate(commands)

    add_bench(commands)
    gallery = commands.add_parser("gallery", help="make the README's pictures")
    gallery.add_argument("--data", type=Path, default=Path("../shared/data"), help="the data room")
    gallery.add_argument("--audio", type=Path, default=Path("assets/good_news.wav"), help="what the people say")
    gallery.add_argument("--output", type=Path, default=Path("docs"), help="folder of the pictures")
    gallery.set_defaults(run=run_gallery)

    add_prepare(commands)
    add_prepare_emotions(commands)
    add_prepare_portraits(commands)
    add_train(commands, "train", None, "train a network, or go on with a run; see configs/")
    add_train(commands, "train-motion", CONFIGS / "motion.yaml", "the same for the motion model")
    return root


def add_generate_all(commands):
    everything = commands.add_parser("generate-all", help="make a video in every emotion of each clip of a folder")
    everything.add_argument("--input", type=Path, required=True, help=CLIPS_HELP)
    everything.add_argument("--output", type=Path, required=True, help="folder for the videos, ID_EMOTION.mp4")
    everything.add_argument("--model", default="deformable", help=MODEL_HELP)
    everything.add_argument("--emotions", nargs="+", default=EMOTIONS, help="all six by default")
    everything.add_argument("--crop", action="store_true", help=CROP_HELP)
    everything.add_argument("--seed", type=int, default=0, help="of blinks and head sway")
    everything.set_defaults(run=run_generate_all)


def add_verify(commands):
    verify = commands.add_parser(
        "verify", help="say what files carry about where they come from; 1 if one is not marked"
    )
    verify.add_argument("files", nargs="+", metavar="FILE", help="a picture or video")
    verify.set_defaults(run=run_verify)


def add_evaluate(commands):
    evaluate = commands.add_parser(
        "evaluate", help="measure what ships, part by part; or with --models any models side by side on the same clips"
    )
    evaluate.add_argument("--data", type=Path, default=Path("../shared/data"), help="the data room")
    evaluate.add_argument("--output", type=Path, default=Path("artefacts/evaluation"), help="folder of the report")
    what = evaluate.add_mutually_exclusive_group()
    what.add_argument("--only", nargs="+", choices=("motion", "generator", "emotion"), help="parts to measure")
    what.add_argument("--models", nargs="+", help=f"models to compare, each {MODEL_HELP}")
    evaluate.add_argument(
        "--clips", type=Path, help=f"for --models, {CLIPS_HELP}; the data room's val clips by default"
    )
    evaluate.set_defaults(run=run_evaluate)


def add_prepare(commands):
    prepare = commands.add_parser("prepare", help="turn videos into clips to train on")
    prepare.add_argument(
        "--input", nargs="+", required=True, help="videos, folders of videos, or CSV indexes with a column path"
    )
    prepare.add_argument("--output", type=Path, required=True, help="folder for the clips; what is there is kept")
    prepare.add_argument("--workers", type=int, default=2, help="videos to work on at a time")
    prepare.add_argument("--max-seconds", type=float, default=60, help="longest video to accept")
    prepare.set_defaults(run=run_prepare)


def add_prepare_emotions(commands):
    prepare = commands.add_parser("prepare-emotions", help="make emotional copies of neutral training clips")
    prepare.add_argument("--input", type=Path, required=True, help="folder of clips made by prepare")
    prepare.add_argument("--output", type=Path, required=True, help="folder for the copies; what is there is kept")
    prepare.add_argument("--per-speaker", type=int, default=60, help="at most so many clips of each speaker")
    prepare.add_argument("--seed", type=int, default=0, help="of the choice")
    prepare.set_defaults(run=run_prepare_emotions)


def add_prepare_portraits(commands):
    prepare = commands.add_parser("prepare-portraits", help="make still portraits talk, to train on many faces")
    prepare.add_argument("--data", type=Path, default=Path("../shared/data"), help="the data room")
    prepare.add_argument("--clips", type=Path, required=True, help="folder of clips made by prepare, for their sound")
    prepare.add_argument("--output", type=Path, required=True, help="folder for the clips; what is there is kept")
    prepare.add_argument("--people", type=int, default=400, help="people to train on")
    prepare.add_argument("--held-out", type=int, default=24, help="people to validate on")
    prepare.add_argument("--emotions", type=int, default=3, help="emotions of each, 1 to 6")
    prepare.add_argument("--seed", type=int, default=0, help="of every choice")
    prepare.set_defaults(run=run_prepare_portraits)


def add_train(commands, name, config, description):
    train = commands.add_parser(name, help=description)
    train.add_argument("--config", type=Path, default=config, required=config is None, help="YAML file of the recipe")
    train.add_argument("overrides", nargs="*", metavar="key=value", help="changes to the configuration")
    train.set_defaults(run=run_train)


def add_bench(commands):
    bench = commands.add_parser("bench", help="measure the speed of every step, and of what it is compared with")
    bench.add_argument("--output", type=Path, default=Path("artefacts/bench"), help="folder of the report")
    bench.add_argument("--runs", type=int, default=5, help="timed runs of each figure")
    bench.add_argument("--short", action="store_true", help="leave out 600 s of speech, which take minutes")
    bench.add_argument("--only", nargs="+", choices=("stages", "yardsticks", "crowd", "fresh"), help="parts to measure")
    bench.set_defaults(run=run_bench)


def run_generate(args):
    from talking_face.media.video import check_destination
    from talking_face.timeline import parse_emotions

    emotion = parse_emotions(args.emotion)
    check_destination(args.output)
    clock = Clock()
    from talking_face.engine import TalkingFace
    from talking_face.face.portrait_process import portrait_ahead

    with portrait_ahead(args.image, args.max_side) as found:
        engine = TalkingFace.load(args.model)
        clock.lap("load")
        portrait = found(engine)
    clock.lap("portrait")
    speech = engine.speech(args.audio, args.max_seconds)
    clock.lap("speech")
    for note in (*portrait.notes, *speech.notes):
        print(f"note: {note}", file=sys.stderr)
    with progress_bar(speech.frames) as progress:
        written = engine.write(
            args.output,
            portrait,
            speech,
            emotion,
            args.intensity,
            args.seed,
            crop=args.crop,
            mark=args.mark,
            progress=progress,
        )
    clock.lap("render")
    if args.json:
        print(
            json.dumps({"output": args.output, "frames": written.frames, "seconds": written.seconds} | clock.report())
        )


def run_generate_all(args):
    from talking_face.cli.generate_all import generate_all

    generate_all(args.input, args.output, args.model, args.emotions, args.crop, args.seed)


def run_verify(args):
    from talking_face.media.content_credentials import report

    return 0 if all([report(path) for path in args.files]) else EXIT_UNMARKED


def run_evaluate(args):
    if args.models:
        from talking_face.evaluation.comparison import compare

        compare(args.models, args.clips or args.data / "clips.csv", args.output)
    else:
        from talking_face.evaluation.shipped import evaluate

        evaluate(args.data, args.output, args.only)


def run_prepare(args):
    from talking_face.training.prepare.videos import prepare

    return 0 if prepare(args.input, args.output, args.workers, args.max_seconds) else EXIT_INTERRUPTED


def run_prepare_emotions(args):
    from talking_face.training.prepare.emotions import prepare_emotions

    return 0 if prepare_emotions(args.input, args.output, args.per_speaker, args.seed) else EXIT_INTERRUPTED


def run_prepare_portraits(args):
    from talking_face.training.prepare.portraits import prepare_portraits

    count = prepare_portraits(
        args.data, args.clips, args.output, args.people, args.held_out, args.emotions, seed=args.seed
    )
    print(f"{count} clips are in {args.output}.")


def run_train(args):
    from talking_face.training.core.command import train

    return 0 if train(args.config, args.overrides) else EXIT_INTERRUPTED


def run_bench(args):
    from talking_face.bench import bench

    lengths = (1, 5, 20, 60) if args.short else (1, 5, 20, 60, 600)
    bench(args.output, max(1, args.runs), lengths, args.only)


def run_gallery(args):
    from talking_face.figures.gallery import make_gallery

    make_gallery(args.data, args.audio, args.output)


class Clock:
    """Times the stages of a job."""

    def __init__(self):
        self.start = self.last = time.perf_counter()
        self.laps = {}

    def lap(self, stage):
        now = time.perf_counter()
        self.laps[stage] = round(now - self.last, 3)
        self.last = now

    def report(self):
        """Seconds of each stage and in all."""
        return {"timings": self.laps, "total": round(self.last - self.start, 3)}


class progress_bar:
    """A tqdm bar on a terminal, nothing elsewhere; called with (frames done, frames in all).

    Says how far the work got when it is interrupted.
    """

    def __init__(self, frames):
        from tqdm import tqdm

        self.done, self.frames = 0, frames
        self.bar = tqdm(total=frames, unit="frame", disable=not sys.stderr.isatty())

    def __enter__(self):
        return self

    def __exit__(self, kind, stop, _):
        self.bar.close()
        if kind is KeyboardInterrupt:
            from talking_face.audio import FPS

            stop.args = (f"after {self.done / FPS:.0f} of {self.frames / FPS:.0f} s",)

    def __call__(self, done, _):
        self.bar.update(done - self.done)
        self.done = done
