"""What messengers and social networks show of a link to the page (Open Graph, ogp.me), in place of Gradio's own."""

import re
from html import escape

from talking_face.paths import ASSETS

TITLE = "Talking Face: your photo says what you say"
DESCRIPTION = "Take a selfie, record a sentence, pick an emotion, and see your own face say it. Free, in the browser."
PICTURE = ASSETS / "preview.jpg"  # 1200 x 630
FOREIGN = re.compile(rb'<meta\s+(?:property="og:|name="twitter:)[^>]*>\s*')


class OpenGraph:
    """ASGI middleware that puts the tags into the page's head, with addresses that hold wherever it is hosted.

    Parameters
    ----------
    app : callable
    """

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http" or scope["path"] != "/" or scope["method"] != "GET":
            return await self.app(scope, receive, send)
        start, body = None, b""

        async def collect(message):
            nonlocal start, body
            if message["type"] == "http.response.start":
                start = message
                return
            body += message.get("body", b"")
            if message.get("more_body"):
                return
            page = FOREIGN.sub(b"", body).replace(b"<head>", b"<head>" + tags(_address(scope)).encode(), 1)
            kept = [pair for pair in start["headers"] if pair[0].lower() != b"content-length"]
            await send(start | {"headers": [*kept, (b"content-length", str(len(page)).encode())]})
            await send({"type": "http.response.body", "body": page})

        # As it is, not compressed: it is to be read here.
        plain = [pair for pair in scope["headers"] if pair[0] != b"accept-encoding"]
        await self.app(scope | {"headers": plain}, receive, collect)


def tags(address):
    """The tags for a page at an address that ends in "/": HTML."""
    picture = f"{address}gradio_api/file={PICTURE}"
    properties = {
        "og:type": "website",
        "og:url": address,
        "og:title": TITLE,
        "og:description": DESCRIPTION,
        "og:image": picture,
        "og:image:width": "1200",
        "og:image:height": "630",
    }
    lines = [f'<meta property="{name}" content="{escape(value)}" />' for name, value in properties.items()]
    names = {"description": DESCRIPTION, "twitter:card": "summary_large_image", "twitter:image": picture}
    lines += [f'<meta name="{name}" content="{escape(value)}" />' for name, value in names.items()]
    return "\n".join(lines)


def _address(scope):
    """Where the page was asked for, as whoever asked sees it."""
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    scheme = headers.get("x-forwarded-proto", scope.get("scheme", "http")).split(",")[0]
    host = headers.get("x-forwarded-host", headers.get("host", "localhost"))
    return f"{scheme}://{host}{scope.get('root_path', '').rstrip('/')}/"
