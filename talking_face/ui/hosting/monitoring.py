"""For whoever watches over the page: /healthz, and figures for Prometheus at /metrics. They count; they name nobody."""

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from talking_face.errors import SettingError
from talking_face.ui import jobs

BUCKETS = 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500  # seconds


class Monitor:
    """Knows how the page is.

    Parameters
    ----------
    engine : concurrent.futures.Future of engine.TalkingFace
    doorman : leaving.Doorman

    Raises
    ------
    SettingError
        The package prometheus-client is not installed.
    """

    def __init__(self, engine, doorman):
        try:
            from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
        except ImportError:
            raise SettingError("--monitor needs the package prometheus-client; please install it.") from None
        self._engine, self._doorman = engine, doorman
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        videos = Counter("talking_face_videos", "Videos, by how they ended", ["outcome"], registry=self.registry)
        for outcome in jobs.OUTCOMES:
            videos.labels(outcome)
        seconds = Histogram(
            "talking_face_video_seconds", "Seconds of work on a video", registry=self.registry, buckets=BUCKETS
        )
        for name, words, value in (
            ("ready", "Whether videos can be made", lambda: self.state() == "ready"),
            ("queue", "Requests that wait in line", doorman.waiting),
            ("working", "Requests that are being worked on", doorman.working),
        ):
            Gauge(f"talking_face_{name}", words, registry=self.registry).set_function(value)

        def note(outcome, took):
            videos.labels(outcome).inc()
            seconds.observe(took)

        jobs.observers.append(note)

    def state(self):
        """One of "loading", "failed" (the model cannot be loaded), "ready" and "leaving"."""
        if self._doorman.leaving:
            return "leaving"
        if not self._engine.done():
            return "loading"
        return "failed" if self._engine.exception() else "ready"

    def routes(self):
        """For the web server: list of starlette's Route."""
        return [Route("/healthz", self._health), Route("/metrics", self._metrics)]

    def _health(self, _):
        state = self.state()
        waiting, working = self._doorman.waiting(), self._doorman.working()
        found = {"state": state, "model_loaded": state in ("ready", "leaving"), "queue": waiting, "working": working}
        return JSONResponse(found, 200 if state == "ready" else 503)

    def _metrics(self, _):
        from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

        return Response(generate_latest(self.registry), media_type=CONTENT_TYPE_LATEST)
