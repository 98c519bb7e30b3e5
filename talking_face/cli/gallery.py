"""`gallery`: the README's and the page's pictures."""

from pathlib import Path

from talking_face.cli.options import add_data
from talking_face.paths import ASSETS


def add_parser(commands):
    gallery = commands.add_parser("gallery", help="make the README's pictures")
    add_data(gallery)
    gallery.add_argument("--audio", type=Path, default=ASSETS / "good_news.wav", help="what the people say")
    gallery.add_argument("--output", type=Path, default=Path("docs"), help="folder of the pictures")
    gallery.set_defaults(run=run)


def run(args):
    from talking_face.figures.gallery import make_gallery

    make_gallery(args.data, args.audio, args.output)
