"""`fetch-weights`: the weights of face-alignment, for those who want that package to find faces."""

from talking_face.cli.progress import DownloadBar


def add_parser(commands):
    fetch = commands.add_parser("fetch-weights", help="download the weights of face-alignment, and verify them")
    fetch.set_defaults(run=run)


def run(args):
    from talking_face.face.landmarks.face_alignment import ADDRESSES, cache_folder
    from talking_face.face.landmarks.fetching import fetch, is_whole, name_of

    for address in ADDRESSES:
        path = cache_folder() / name_of(address)
        if path.is_file() and is_whole(path):
            print(f"{path} is here already")
            continue
        with DownloadBar(path.name) as progress:
            fetch(address, path.parent, progress)
        print(f"{path} was fetched")
