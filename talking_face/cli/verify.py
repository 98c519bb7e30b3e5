"""`verify`: what files carry about where they come from."""

from talking_face.cli.exit_codes import UNMARKED


def add_parser(commands):
    verify = commands.add_parser(
        "verify", help="say what files carry about where they come from; 1 if one is not marked"
    )
    verify.add_argument("files", nargs="+", metavar="FILE", help="a picture or video")
    verify.set_defaults(run=run)


def run(args):
    from talking_face.media.content_credentials import report

    marked = [report(path) for path in args.files]
    return 0 if all(marked) else UNMARKED
