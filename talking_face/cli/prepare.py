"""`prepare`, `prepare-emotions` and `prepare-portraits`: the clips that the baseline trains on; `prepare-spoken`."""

from pathlib import Path

from talking_face.cli.exit_codes import INTERRUPTED
from talking_face.cli.options import add_data


def add_parser(commands):
    prepare = commands.add_parser("prepare", help="turn videos into clips to train on")
    prepare.add_argument(
        "--input", nargs="+", required=True, help="videos, folders of videos, or CSV indexes with a column path"
    )
    prepare.add_argument("--output", type=Path, required=True, help="folder for the clips; what is there is kept")
    prepare.add_argument("--workers", type=int, default=2, help="videos to work on at a time")
    prepare.add_argument("--max-seconds", type=float, default=60, help="longest video to accept")
    prepare.set_defaults(run=run)

    emotions = commands.add_parser("prepare-emotions", help="make emotional copies of neutral training clips")
    emotions.add_argument("--input", type=Path, required=True, help="folder of clips made by prepare")
    emotions.add_argument("--output", type=Path, required=True, help="folder for the copies; what is there is kept")
    emotions.add_argument("--per-speaker", type=int, default=60, help="at most so many clips of each speaker")
    emotions.add_argument("--seed", type=int, default=0, help="of the choice")
    emotions.set_defaults(run=run_emotions)

    portraits = commands.add_parser("prepare-portraits", help="make still portraits talk, to train on many faces")
    add_data(portraits)
    portraits.add_argument("--clips", type=Path, required=True, help="folder of clips made by prepare, for their sound")
    portraits.add_argument("--output", type=Path, required=True, help="folder for the clips; what is there is kept")
    portraits.add_argument("--people", type=int, default=400, help="people to train on")
    portraits.add_argument("--held-out", type=int, default=24, help="people to validate on")
    portraits.add_argument("--emotions", type=int, default=3, help="emotions of each, 1 to 6")
    portraits.add_argument("--seed", type=int, default=0, help="of every choice")
    portraits.set_defaults(run=run_portraits)

    spoken = commands.add_parser("prepare-spoken", help="let synthesisers speak, to learn hearing from")
    spoken.add_argument("--output", type=Path, required=True, help="the .npz file")
    spoken.add_argument("--count", type=int, default=900, help="utterances, of about four seconds each")
    spoken.add_argument("--seed", type=int, default=0, help="of every choice")
    spoken.set_defaults(run=run_spoken)


def run(args):
    from talking_face.training.prepare.videos import prepare

    return 0 if prepare(args.input, args.output, args.workers, args.max_seconds) else INTERRUPTED


def run_emotions(args):
    from talking_face.training.prepare.emotions import prepare_emotions

    return 0 if prepare_emotions(args.input, args.output, args.per_speaker, args.seed) else INTERRUPTED


def run_portraits(args):
    from talking_face.training.prepare.portraits import prepare_portraits

    people = args.people, args.held_out, args.emotions
    count = prepare_portraits(args.data, args.clips, args.output, *people, seed=args.seed)
    print(f"{count} clips are in {args.output}.")


def run_spoken(args):
    from talking_face.training.prepare.spoken import prepare_spoken

    print(f"{prepare_spoken(args.output, args.count, args.seed):.0f} minutes of speech are in {args.output}.")
