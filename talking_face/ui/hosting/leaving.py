"""A restart that lets videos finish: nobody new is let in, and whoever is in may stay for a while."""

import time

from starlette.responses import PlainTextResponse

BEGIN = "/gradio_api/queue/join", "/gradio_api/call/", "/gradio_api/upload", "/gradio_api/run/", "/gradio_api/mcp"
AGAIN = "The page is being restarted: please try again in a minute."
LINGER = 5.0  # seconds in which the last results can be fetched
POLL = 0.2  # seconds


class Doorman:
    """Counts who is in, and turns new visitors away once the page is leaving.

    Parameters
    ----------
    page : gradio.Blocks
    """

    def __init__(self, page):
        self.leaving, self._queue = False, page._queue

    def working(self):
        """How many requests are being worked on."""
        return sum(queue.current_concurrency for queue in self._queue.event_queue_per_concurrency_id.values())

    def waiting(self):
        """How many wait in line."""
        return len(self._queue)

    def see_off(self, seconds):
        """Let nobody in any more; return when everybody has what they wait for, or after some seconds."""
        self.leaving, end = True, time.monotonic() + seconds
        idle_since = time.monotonic()
        while time.monotonic() < end:
            if self.working() or self.waiting():
                idle_since = time.monotonic()
            elif time.monotonic() - idle_since > LINGER:
                return
            time.sleep(POLL)

    def middleware(self, app):
        """Stand before a web application (ASGI); balancers take the answer 503 to the next machine."""

        async def guarded(scope, receive, send):
            if self.leaving and scope["type"] == "http":
                path = scope["path"]
                if path == "/" or path.startswith(BEGIN):
                    return await PlainTextResponse(AGAIN, 503, {"Retry-After": "60"})(scope, receive, send)
            return await app(scope, receive, send)

        return guarded
