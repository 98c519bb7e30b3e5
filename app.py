"""Start the demo: `python app.py`, then open the address it prints. Also the entry of a Hugging Face Space."""

import argparse
import os
import threading
from concurrent.futures import ThreadPoolExecutor

from talking_face.cli.options import LANDMARKS, add_landmarks
from talking_face.errors import SettingError
from talking_face.generators.registry import DEFAULT_MODEL
from talking_face.logs import FORMATS, keep_private, mute
from talking_face.media.private_files import private_files
from talking_face.memory import share_arena


def main():
    options = parser()
    args = options.parse_args()
    if args.landmarks not in (None, *LANDMARKS):
        options.error(f"there are no {args.landmarks!r} landmarks; please choose {' or '.join(LANDMARKS)}")
    keep_private(args.log)
    share_arena()
    with private_files():
        serve(options, args)


def serve(options, args):
    """Open the page, until a signal ends the program."""
    engine = ThreadPoolExecutor(1).submit(load_engine, args.model, args.landmarks)  # while the page is already up

    from starlette.middleware import Middleware

    from talking_face.ui import LAUNCH, build
    from talking_face.ui.hosting.leaving import Doorman
    from talking_face.ui.hosting.monitoring import Monitor
    from talking_face.ui.hosting.tool_files import serve_paths
    from talking_face.ui.hosting.zero_gpu import declare_gpu_function
    from talking_face.ui.open_graph import OpenGraph
    from talking_face.ui.studio import Studio
    from talking_face.ui.talk.making import EXAMPLE

    declare_gpu_function()
    studio = Studio(engine, args.max_seconds, not args.no_mark, args.time_limit)
    page = build(studio, args.concurrency, args.compare_with)
    doorman = Doorman(page)
    server = {"middleware": [Middleware(doorman.middleware), Middleware(OpenGraph)]}
    address = {"server_name": args.host, "server_port": args.port, "share": args.share, "prevent_thread_lock": True}
    try:
        if args.monitor:
            server["routes"] = Monitor(engine, doorman).routes()
        page.launch(**address, max_file_size=args.max_upload, mcp_server=args.mcp or None, app_kwargs=server, **LAUNCH)
    except (OSError, SettingError) as error:  # the port is taken, or a package is missing
        options.error(str(error))
    if args.mcp:
        serve_paths(page, args.host or os.environ.get("GRADIO_SERVER_NAME"))
    mute()
    studio.warm_up(*EXAMPLE)
    try:
        threading.Event().wait()
    finally:
        doorman.see_off(args.grace)
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
    options.add_argument("--grace", type=float, default=0, help="seconds in which videos may be finished at the end")
    options.add_argument(
        "--monitor", action="store_true", help="serve /healthz, and figures for Prometheus at /metrics"
    )
    options.add_argument("--log", choices=FORMATS, default="text", help="how the log is written")
    options.add_argument("--mcp", action="store_true", help="serve the endpoints as MCP tools too")
    return options


def load_engine(model, landmarks):
    from talking_face.engine import TalkingFace

    return TalkingFace.load(model, landmarks)


if __name__ == "__main__":
    main()
