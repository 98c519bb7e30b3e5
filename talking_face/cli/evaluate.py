"""`evaluate`: measure what ships, or models side by side."""

from pathlib import Path

from talking_face.cli.options import CLIPS_HELP, MODEL_HELP, add_data


def add_parser(commands):
    evaluate = commands.add_parser(
        "evaluate", help="measure what ships, part by part; or with --models any models side by side on the same clips"
    )
    add_data(evaluate)
    evaluate.add_argument("--output", type=Path, default=Path("artefacts/evaluation"), help="folder of the report")
    what = evaluate.add_mutually_exclusive_group()
    parts = ("landmarks", "motion", "generator", "emotion", "life", "mouth")
    what.add_argument("--only", nargs="+", choices=parts, help="parts to measure")
    what.add_argument("--models", nargs="+", help=f"models to compare, each {MODEL_HELP}")
    clips = f"for --models, {CLIPS_HELP}; the data room's val clips by default"
    evaluate.add_argument("--clips", type=Path, help=clips)
    evaluate.add_argument("--mesh", type=Path, help="weights of the face mesh to measure in place of those that ship")
    evaluate.set_defaults(run=run)


def run(args):
    if args.models:
        from talking_face.evaluation.across_clips import evaluate_models

        evaluate_models(args.models, args.clips or args.data / "clips.csv", args.output)
    else:
        from talking_face.evaluation.shipped import evaluate

        evaluate(args.data, args.output, args.only, args.mesh)
