"""Whatever goes wrong ends as a sentence, because Gradio would cover the last video with an error sign."""

import logging

import gradio as gr

from talking_face.errors import TalkingFaceError
from talking_face.logs import without_words
from talking_face.ui.jobs import STOPPED, Interrupted

UNFORESEEN = "That did not work, and it is not your fault: please try once more."

logger = logging.getLogger(__name__)


def sentence(error):
    """What went wrong, for people; where it came from, if nobody foresaw it, goes into the log."""
    if isinstance(error, Interrupted):
        return STOPPED
    if isinstance(error, TalkingFaceError):
        return str(error)
    logger.error(without_words(error))
    return UNFORESEEN


def problem(error):
    """Show in passing what went wrong; returns it, to stay on the page."""
    message = sentence(error)
    gr.Warning(message)
    return f"⚠️ {message}"
