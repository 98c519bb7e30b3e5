"""The command line: `python -m talking_face COMMAND ...`.

Whatever is wrong with what a person gave is said in one sentence on standard error, with exit code 2.
"""

import argparse
import json
import sys
import time
from pathlib import Path

from talking_face.errors import TalkingFaceError

EXIT_REFUSED = 2


def main(argv=None):
    """Run a command; returns the exit code."""
    args = parser().parse_args(argv)
    try:
        args.run(args)
    except TalkingFaceError as error:
        print(f"talking_face: {error}", file=sys.stderr)
        return EXIT_REFUSED
    except KeyboardInterrupt:
        print("talking_face: stopped; nothing was written.", file=sys.stderr)
        return 130
    return 0


def parser():
    """The argument parser of all commands."""
    root = argparse.ArgumentParser(prog="python -m talking_face", description="A photo and a voice become a talking face.")
    commands = root.add_subparsers(required=True, metavar="COMMAND")

    generate = commands.add_parser("generate", help="make a video of one photo saying one recording")
    generate.add_argument("--image", required=True, help="the photo")
    generate.add_argument("--audio", required=True, help="the recording, in any format ffmpeg reads")
    generate.add_argument("--output", required=True, help="the video to write, .mp4")
    generate.add_argument("--emotion", default="neutral", help="anger, disgust, fear, happiness, neutral or sadness")
    generate.add_argument("--intensity", type=float, default=1.0, help="strength of the emotion, 0 to 1.5")
    generate.add_argument("--model", default="deformable", help="the generator")
    generate.add_argument("--crop", action="store_true", help="write the 256 px face crop, not the whole photo")
    generate.add_argument("--seed", type=int, default=0, help="of blinks and head sway")
    generate.add_argument("--max-side", type=int, default=1280, help="longest side to keep of the photo, pixels")
    generate.add_argument("--max-seconds", type=float, default=60, help="longest recording to accept")
    generate.add_argument("--json", action="store_true", help="print frames, seconds and stage timings as one line")
    generate.set_defaults(run=run_generate)

    evaluate = commands.add_parser("evaluate", help="measure the shipped models on the data room")
    evaluate.add_argument("--data", type=Path, default=Path("../shared/data"), help="the data room")
    evaluate.add_argument("--output", type=Path, default=Path("artefacts/evaluation"), help="folder of the report")
    evaluate.add_argument("--only", nargs="+", choices=("motion", "generator", "emotion"), help="parts to measure")
    evaluate.set_defaults(run=run_evaluate)

    gallery = commands.add_parser("gallery", help="make the README's pictures")
    gallery.add_argument("--data", type=Path, default=Path("../shared/data"), help="the data room")
    gallery.add_argument("--audio", type=Path, default=Path("assets/good_news.wav"), help="what the people say")
    gallery.add_argument("--output", type=Path, default=Path("docs"), help="folder of the pictures")
    gallery.set_defaults(run=run_gallery)
    return root


def run_generate(args):
    from talking_face.emotions import parse_emotion
    from talking_face.video import check_destination

    emotion = parse_emotion(args.emotion)
    check_destination(args.output)
    clock = Clock()
    from talking_face.engine import TalkingFace

    engine = TalkingFace.load(args.model)
    clock.lap("load")
    portrait = engine.portrait(args.image, args.max_side)
    clock.lap("portrait")
    speech = engine.speech(args.audio, args.max_seconds)
    clock.lap("speech")
    for note in (*portrait.notes, *speech.notes):
        print(f"note: {note}", file=sys.stderr)
    with progress_bar(speech.frames) as progress:
        written = engine.write(
            args.output, portrait, speech, emotion, args.intensity, args.seed, crop=args.crop, progress=progress
        )
    clock.lap("render")
    if args.json:
        print(json.dumps({"output": args.output, "frames": written.frames, "seconds": written.seconds} | clock.report()))


def run_evaluate(args):
    from talking_face.evaluation import evaluate

    evaluate(args.data, args.output, args.only)


def run_gallery(args):
    from talking_face.gallery import make_gallery

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
    """A tqdm bar on a terminal, nothing elsewhere; called with (frames done, frames in all)."""

    def __init__(self, frames):
        from tqdm import tqdm

        self.bar = tqdm(total=frames, unit="frame", disable=not sys.stderr.isatty())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.bar.close()

    def __call__(self, done, _):
        self.bar.update(done - self.bar.n)
