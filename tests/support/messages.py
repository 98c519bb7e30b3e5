"""What the page can say: its own words, and the sentences of whatever may be wrong with what a person gives."""

import ast
import builtins
import re
from itertools import chain

from support.paths import ROOT

PACKAGE = ROOT / "talking_face"
# Where what the page does may raise an error for people; the rest of the package speaks to whoever runs it.
SPEAKING = (
    "audio",
    "face",
    "generators",
    "media",
    "ui",
    "evaluation",
    "emotions.py",
    "engine.py",
    "limits.py",
    "timeline.py",
)
OWNERS = ("CheckpointError", "ConfigError", "DataError", "TrainingError", "ProvenanceError")  # errors for them
SILENT = (
    "ui/api.py",
    "ui/open_graph.py",
    "ui/hosting",
    "media/signing.py",
    "media/content",
    "media/destination.py",
    "face/landmarks",
)
SILENT += tuple(f"evaluation/{name}.py" for name in ("footprint", "across_clips", "report"))
NO_MESSAGE = re.compile(r"[<=;#]|=>|%s|\bpx|codecs|\w+\(\w+,|^\w+/\w")
NAME = re.compile(r"(?:[^\w/.-]+ )?[A-Z][a-z]+(?: |$)|[A-Z][a-z]+ \w+")
TEXTS = ("label", "info", "placeholder", "alt_text", "x_title", "y_title")
WRITTEN = ("markdown", "button", "downloadbutton", "tabitem", "accordion", "uploadbutton")


def of_errors():
    """English of all errors that the page may show, as message ids: what is filled in is "{}"."""
    return {text for tree in _trees(SPEAKING) for call in ast.walk(tree) for text in _of_error(call)}


def of_modules():
    """English of sentences that the page's modules hold, and of what they name in capitals."""
    found = set()
    for tree in _trees(("ui",)):
        docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
        constants = {id(node) for part in tree.body if isinstance(part, ast.Assign) for node in ast.walk(part.value)}
        for node in ast.walk(tree):
            text = None if id(node) in docstrings | inside else message_id(node)
            if not text or NO_MESSAGE.search(text):
                continue
            if re.search(r"[^\W\d_]{2}.* .*[.…!?]$", text) or (id(node) in constants and NAME.match(text)):
                found |= set(_paragraphs(text))
    return {text for text in found if re.search(r"[^\W\d_]{2}", text)}


def of_scripts():
    """English of sentences in the page's scripts."""
    scripts = "".join(file.read_text(encoding="utf-8") for file in (PACKAGE / "ui" / "static").glob("*.js"))
    return {text for text in re.findall(r"'([A-Z][^'\n]*)'", scripts) if re.search(r"^[A-Z][a-z]+ .*[\w.…]$", text)}


def of_page(page):
    """English of what a gradio.Blocks shows from the start; Markdown as its paragraphs' texts."""
    found = set()
    for block in page.blocks.values():
        if not _is_read(block):
            continue
        config = block.get_config()
        found |= {config[name] for name in TEXTS if isinstance(config.get(name), str)}
        if block.get_block_name() in WRITTEN:
            value = config.get("value") if isinstance(config.get("value"), str) else config.get("label")
            found |= set(_paragraphs(value or ""))
        found |= {shown for shown, _ in config.get("choices") or () if isinstance(shown, str)}
    return {text for text in found if re.search(r"[^\W\d_]{2}", text)}


def message_id(node):
    """The text of a constant or an f-string, with "{}" for each thing filled in; None for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return re.sub(r"\{[^{}]*\}", "{}", node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(message_id(part) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return None


def _trees(names):
    files = chain.from_iterable(
        [PACKAGE / name] if name.endswith(".py") else sorted((PACKAGE / name).rglob("*.py")) for name in names
    )
    for file in files:
        if not str(file.relative_to(PACKAGE)).startswith(SILENT):
            yield ast.parse(file.read_text(encoding="utf-8"))


def _of_error(call):
    if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id.endswith("Error")):
        return
    if call.func.id in OWNERS or hasattr(builtins, call.func.id):
        return
    text = call.args and message_id(call.args[0])
    if text and " " in text:
        yield text


def _is_read(block):
    """Whether it shows, at some time, and is not in English for good."""
    while block is not None:
        if "english" in (getattr(block, "elem_classes", None) or ()):
            return False
        block = getattr(block, "parent", None)
    return True


def _paragraphs(markdown):
    for line in re.split(r"\n+(?! )|(?<=\s|\()`[^`]+`|\|", markdown):
        yield re.sub(r"^(#+|-|\d+\.) |\*\*|(?<!\w)\*|\*(?!\w)|`", "", re.sub(r"\s+", " ", line)).strip()
