"""The player of a video that is still being made."""

from base64 import b64encode
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path

import gradio as gr

from talking_face.emotions import IN_ORDER
from talking_face.media.streaming import Part
from talking_face.paths import ASSETS
from talking_face.ui.theme import STATIC

TYPE = 'video/mp4; codecs="avc1.640028, mp4a.40.2"'  # of the parts
LEAD = 0.3  # seconds: how far ahead of the playhead a video in another emotion begins at least
HELLO_TEXT = "This photo never spoke."
MY_WORDS, MY_FACE = "🎤 Say it in my words", "📷 Use my face"
OUTDATED = "Made of the photo or recording before."
FACES = "".join(
    f'<button type="button" value="{name}" aria-label="{name.capitalize()} alone">'
    f"<span>{name.capitalize()}</span></button>"
    for name in IN_ORDER
)
TEMPLATE = f"""<div class="stage">
    <video controls playsinline aria-label="Video"></video>
    <div class="faces"></div><template>{FACES}</template>
    <p class="mark">{OUTDATED}</p>
    <p class="hello"><span>{HELLO_TEXT}</span><button type="button" class="words">{MY_WORDS}</button>
        <button type="button" class="face">{MY_FACE}</button></p>
</div>"""
SENT = "id", "seconds", "kind", "first", "six", "hero", "captions", "still"  # of a `Shown`, as they are
_ids = count()


@dataclass
class Shown:
    """What the player shows, as far as it is made.

    Attributes
    ----------
    seconds : float
        Length of the whole video.
    kind : str
        Videos of one kind can be laid over each other: same photo, recording and picture.
    first : float
        Where in it making it began, seconds.
    parts : list of streaming.Part
        In the order in which they were made.
    whole : Path or None
        The MP4, once it is whole.
    six : bool
        Whether it shows all emotions.
    hero : bool
        Whether it is what the page shows before anybody has done anything: silent, and over and over.
    poster : Path or None
        Picture to show until it plays.
    captions : list of (float, float, str)
        Beginning and end of each sentence, seconds, and its words, where they are known.
    name : str
        Of its file.
    settings : tuple
        Emotion, intensity, liveliness and seed with which it is made.
    over : Shown or None
        Over which the player lays it, if it begins in its middle, until it is whole.
    still : bool
        Whether the player stays where it is, and as it is.
    lasting : list of streaming.Part
        The parts that the player has been given, with files that outlast the work on it.
    """

    seconds: float = 0.0
    kind: str = ""
    first: float = 0.0
    parts: list[Part] = field(default_factory=list)
    whole: Path | None = None
    six: bool = False
    hero: bool = False
    poster: Path | None = None
    captions: list[tuple[float, float, str]] = field(default_factory=list)
    name: str = ""
    settings: tuple = ()
    over: "Shown | None" = None
    still: bool = False
    lasting: list[Part] = field(default_factory=list)
    id: int = field(default_factory=_ids.__next__)
    _kept: list[dict] = field(default_factory=list)


HELLO = Shown(whole=ASSETS / "hello.mp4", poster=ASSETS / "london_portrait.jpg", hero=True)


class Player(gr.HTML):
    """A video element that plays a `Shown`; Gradio's own takes files of any kind apart before it plays them."""

    def __init__(self, value=None, **options):
        script = (STATIC / "player.js").read_text(encoding="utf-8")
        super().__init__(value, html_template=TEMPLATE, js_on_load=script, lead=LEAD, **options)

    def postprocess(self, value):
        """A `Shown` as the script takes it; its files are copied to where Gradio serves them."""
        if value is None:
            return None
        for part in value.parts[len(value._kept) :]:  # their files do not last
            path = self.move_resource_to_block_cache(part.path)
            value.lasting.append(replace(part, path=Path(path)))
            # The first comes at once, without being asked for.
            found = {"file": _file(path)} if value._kept else {"data": b64encode(part.path.read_bytes()).decode()}
            value._kept.append(found | {"start": part.start, "seconds": part.seconds, "offset": part.offset})
        shown = {name: getattr(value, name) for name in SENT}
        files = {name: path and _file(path) for name, path in (("whole", value.whole), ("poster", value.poster))}
        return shown | files | {"parts": list(value._kept), "type": TYPE}


def _file(path):
    return {"path": str(path), "meta": {"_type": "gradio.FileData"}}
