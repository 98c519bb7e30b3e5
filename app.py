"""Start the demo: `python app.py`, then open the address it prints. Also the entry of a Hugging Face Space."""

import argparse
import logging
import threading
from concurrent.futures import ThreadPoolExecutor

from talking_face.cli.options import LANDMARKS, add_landmarks
from talking_face.generators.registry import DEFAULT_MODEL
from talking_face.media.private_files import private_files


def main():
    options = parser()
    args = options.parse_args()
    if args.landmarks not in (None, *LANDMARKS):
        options.error(f"there are no {args.landmarks!r} landmarks; please choose {' or '.join(LANDMARKS)}")
    logging.basicConfig(format="%(asctime)s %(message)s")
    logging.getLogger("talking_face").setLevel(logging.INFO)
    with private_files():
        serve(options, args)


def serve(options, args):
    """Open the page, until a signal ends the program."""
    engine = ThreadPoolExecutor(1).submit(load_engine, args.model, args.landmarks)  # while the page is already up

    from talking_face.ui import LAUNCH, build
    from talking_face.ui.hosting import declare_gpu_function
    from talking_face.ui.studio import Studio

    declare_gpu_function()
    studio = Studio(engine, args.max_seconds, not args.no_mark, args.time_limit)
    page = build(studio, args.concurrency, args.compare_with)
    address = {"server_name": args.host, "server_port": args.port, "share": args.share, "prevent_thread_lock": True}
    try:
        page.launch(**address, max_file_size=args.max_upload, mcp_server=args.mcp or None, **LAUNCH)
    except OSError as error:  # the port is taken
        options.error(str(error))
    try:
        threading.Event().wait()
    finally:
        studio.close()
        page.close()


def parser():
    options = argparse.ArgumentParser(
        description="Talking Face in the browser. Gradio's own settings (GRADIO_SERVER_NAME, GRADIO_SERVER_PORT, "
        "GRADIO_ROOT_PATH, GRADIO_TEMP_DIR, GRADIO_SHARE ...) hold where an option is not given.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    options.add_argument("--host", help="address to listen on; 0.0.0.0 for all, else only this machine can see it")
    options.add_argument("--port", type=int, help="port to listen on; else the first free from 7860")
    options.add_argument(
        "--share", action="store_true", default=None, help="make a public link through Gradio's servers"
    )
    options.add_argument("--model", default=DEFAULT_MODEL, help="the generator, by name or by the path of its weights")
    add_landmarks(options)
    options.add_argument("--compare-with", nargs="+", default=[], metavar="PATH", help="weights for the Compare tab")
    options.add_argument("--concurrency", type=int, default=1, help="videos made at a time; the others wait in line")
    options.add_argument("--max-seconds", type=float, default=60, help="longest recording to accept")
    options.add_argument("--time-limit", type=float, default=300, help="seconds that the work on one video may take")
    options.add_argument("--max-upload", default="50mb", help="largest file to accept")
    options.add_argument("--no-mark", action="store_true", help="leave out the visible “AI” in the picture's corner")
    options.add_argument("--mcp", action="store_true", help="serve the endpoints as MCP tools too")
    return options


def load_engine(model, landmarks):
    from talking_face.engine import TalkingFace

    return TalkingFace.load(model, landmarks)


if __name__ == "__main__":
    main()
