"""The player of a video that is still being made."""

from functools import cached_property
from pathlib import Path

import gradio as gr


class LiveVideo(gr.Video):
    """gr.Video(streaming=True), for parts that are already what its HTTP live stream consists of.

    gr.Video takes files of any kind apart and encodes their sound anew, with four processes a part. That costs more
    time than the first second of a video takes to render, and needs ffmpeg and ffprobe on the search path.
    """

    is_template = True  # shown by gr.Video's own page elements
    NOTHING_NEW = None  # to yield once a stream has begun; gr.skip() would overwrite it, for Gradio sends differences

    @cached_property
    def _last(self):
        """Last parts that wait, by stream."""
        return {}

    async def stream_output(self, value, output_id, first_chunk):
        """Add a `streaming.Part` to the stream; the last one, if there are others, waits for `flush_stream_output`."""
        name = "talking-face.mp4"
        stream = {"path": output_id, "is_stream": True, "orig_name": name, "meta": {"_type": "gradio.FileData"}}
        if value is None:
            return None, stream
        data = Path(value.path).read_bytes()
        part = {"data": data, "duration": value.seconds, "extension": value.path.suffix}
        if value.last and not first_chunk:
            self._last[output_id] = part
            return None, stream
        return part, stream

    async def flush_stream_output(self, output_id):
        """The last part, which goes out with the news that it is the last.

        A player (hls.js 1.6) that has it before, and has waited for a part before, never finds that the video is over.
        """
        return self._last.pop(output_id, None)

    def end_stream_output(self, output_id):
        """Forget a stream that nobody watches any more."""
        self._last.pop(output_id, None)
