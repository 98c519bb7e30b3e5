"""Start the demo: `python app.py`, then open the address it prints. Also the entry of a Hugging Face Space."""

import argparse
from concurrent.futures import ThreadPoolExecutor


def main():
    parser = argparse.ArgumentParser(description="Talking Face in the browser.")
    parser.add_argument("--host", help="address to listen on; 0.0.0.0 for all (GRADIO_SERVER_NAME or 127.0.0.1)")
    parser.add_argument("--port", type=int, help="port to listen on (GRADIO_SERVER_PORT or the first free from 7860)")
    parser.add_argument("--share", action="store_true", help="make a public link through Gradio's servers")
    args = parser.parse_args()

    engine = ThreadPoolExecutor(1).submit(load_engine)  # while the page is already up

    from talking_face.ui import LAUNCH, build

    try:
        build(engine).launch(server_name=args.host, server_port=args.port, share=args.share, **LAUNCH)
    except OSError as error:  # the port is taken
        parser.error(str(error))


def load_engine():
    from talking_face.engine import TalkingFace

    return TalkingFace.load()


if __name__ == "__main__":
    main()
