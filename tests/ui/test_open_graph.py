"""What a link to the page looks like where it is sent."""

from support import coroutines
from talking_face.ui.open_graph import PICTURE, OpenGraph

META = b'<meta\n property="og:title" content="Gradio" /><meta name="twitter:title" content="x" />'
PAGE = b"<html><head>" + META + b"</head></html>"


def _get(path, headers=()):
    sent = []

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"9")]})
        await send({"type": "http.response.body", "body": PAGE[:20], "more_body": True})
        await send({"type": "http.response.body", "body": PAGE[20:]})

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": path, "headers": [(b"host", b"faces.example"), *headers]}
    coroutines.run(OpenGraph(app)(scope, None, send))
    return sent[0], b"".join(message.get("body", b"") for message in sent[1:])


def test_a_link_shows_our_title_and_picture_at_an_address_that_holds_everywhere():
    start, page = _get("/", [(b"x-forwarded-proto", b"https")])
    assert dict(start["headers"]) == {b"content-length": str(len(page)).encode()}
    assert b"Gradio" not in page and b'name="twitter:title"' not in page
    assert f'og:image" content="https://faces.example/gradio_api/file={PICTURE}"'.encode() in page
    assert b"your photo says what you say" in page and PICTURE.stat().st_size < 300_000


def test_nothing_else_is_touched():
    assert _get("/gradio_api/info")[1] == PAGE
