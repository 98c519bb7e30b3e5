"""`bench`: the speed of every step, and of what it is compared with."""

from pathlib import Path

LENGTHS = (1, 5, 20, 60, 600)  # seconds of speech over which time and memory are followed


def add_parser(commands):
    bench = commands.add_parser("bench", help="measure the speed of every step, and of what it is compared with")
    bench.add_argument("--output", type=Path, default=Path("artefacts/bench"), help="folder of the report")
    bench.add_argument("--runs", type=int, default=5, help="timed runs of each figure")
    bench.add_argument("--short", action="store_true", help="leave out 600 s of speech, which take minutes")
    parts = "stages", "yardsticks", "crowd", "workers", "fresh"
    bench.add_argument("--only", nargs="+", choices=parts, help="parts to measure")
    bench.set_defaults(run=run)


def run(args):
    from talking_face.bench import bench

    bench(args.output, max(1, args.runs), LENGTHS[:-1] if args.short else LENGTHS, args.only)
