"""Logs in which no visitor's file is named, neither by us nor by a library.

Libraries put paths into their errors, and Gradio prints those as they are. So of an error only its type and the lines
of code that led to it are logged, of a library's other messages only where they come from, and what is printed while
the page is open is left out.
"""

import json
import logging
import sys
import threading
import time
import traceback

OURS = "talking_face"
FORMATS = ("text", "json")


def without_words(error):
    """Where an error came from, as text, without its own words, which may name somebody's file."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    return f"Traceback (the error's own words left out):\n{frames}{type(error).__name__}"


def keep_private(form="text"):
    """Log to standard error from now on, one of `FORMATS`, and nothing that a library says in its own words."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JSONFormatter() if form == "json" else logging.Formatter("%(asctime)s %(message)s"))
    logging.basicConfig(handlers=[handler], force=True)
    logging.getLogger(OURS).setLevel(logging.INFO)
    logging.captureWarnings(True)
    logging.setLogRecordFactory(_private_record)
    threading.excepthook = lambda failure: _log(failure.exc_value)
    traceback.print_exc = lambda *_, **__: _log(sys.exc_info()[1])


def mute():
    """Print nothing any more, now that the page has told its address; the log goes on."""
    sys.stdout, sys.stderr = Muted(), Muted()


class Muted:
    """In place of a stream; what is written to it is not shown, but once from where."""

    encoding, errors = "utf-8", "strict"

    def __init__(self):
        self._told = set()

    def write(self, text):
        caller = sys._getframe(1)
        place = caller.f_code.co_filename, caller.f_lineno
        if place not in self._told:
            self._told.add(place)
            logging.getLogger(f"{OURS}.ui").info("What %s prints in line %d is left out.", *place)
        return len(text)

    def flush(self):
        pass

    def isatty(self):
        return False


class JSONFormatter(logging.Formatter):
    """One JSON object a line: time, level, message, and what a record's `figures` hold."""

    def format(self, record):
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03d}Z"
        figures = getattr(record, "figures", {})
        return json.dumps({"time": moment, "level": record.levelname, "message": record.getMessage()} | figures)


def _log(error):
    if error is not None:
        logging.getLogger(f"{OURS}.ui").error(without_words(error))


_record = logging.getLogRecordFactory()


def _private_record(name, level, path, line, message, arguments, error, *rest, **more):
    if error and error[1]:
        message, arguments, error = without_words(error[1]), (), None
    elif name.partition(".")[0] != OURS:
        message, arguments = f"{name} has something to say in line {line} of {path}.", ()
    return _record(name, level, path, line, message, arguments, error, *rest, **more)
