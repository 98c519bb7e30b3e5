"""Put the page on Hugging Face Spaces: `make space SPACE=name/of-it`, with a token that may write in HF_TOKEN.

Uploads what the page needs, as one commit and without history, tests and most docs; a Space that is there already
becomes the same, files that are no longer needed included. `python deploy/space.py NAME --dry-run` only says what
would be done. A certificate for Content Credentials that the environment names (see docs/hosting.md) goes along as
secrets.
"""

import argparse
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from talking_face.errors import SettingError, TalkingFaceError  # noqa: E402
from talking_face.media.signing import CERTIFICATE, PRIVATE_KEY, TIMESTAMPS  # noqa: E402

WANTED = (
    *("app.py", "packages.txt", "requirements.txt", "README.md", "LICENSE"),
    *("assets/**/*", "checkpoints/**/*", "docs/*.md", "docs/how_*.jpg", "docs/people.jpg", "talking_face/**/*"),
)
LEFT_OUT = "__pycache__", ".pyi"
# PyTorch for CPUs alone: the one on PyPI brings 5 GB for graphics cards.
LIGHT_TORCH = "--extra-index-url https://download.pytorch.org/whl/cpu\n"
THUMBNAIL = "thumbnail: https://huggingface.co/spaces/{}/resolve/main/docs/people.jpg\n"
KEPT_OF_README = "Talking Face", "What it looks like", "Honest use and licences"  # sections whose links lead somewhere


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("space", metavar="NAME", help="who/what, as in its address; made if need be")
    options.add_argument("--private", action="store_true", help="let only its owner see it, if it is made now")
    options.add_argument("--dry-run", action="store_true", help="say what would be done, and stop")
    args = options.parse_args()
    try:
        upload(args.space, args.private, args.dry_run)
    except TalkingFaceError as error:
        sys.exit(str(error))


def upload(space, private=False, dry_run=False):
    """Make a Space of this checkout.

    Parameters
    ----------
    space : str
        Its name, owner first.
    private : bool
        Whether it is to be private, if it is made now.
    dry_run : bool
        Only say what would be done.

    Raises
    ------
    SettingError
        The name or the token cannot be used, a certificate cannot be read, or the Hub refuses.
    """
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", space):
        raise SettingError(
            f"“{space}” names no Space: please give its owner and its name, as in SPACE=me/talking-face."
        )
    secrets = _secrets()
    with tempfile.TemporaryDirectory() as folder:
        paths = stage(Path(folder), space)
        size = sum(path.stat().st_size for path in paths) / 1e6
        print(f"{len(paths)} files, {size:.1f} MB, to https://huggingface.co/spaces/{space}")
        print("  " + ", ".join(sorted({path.relative_to(folder).parts[0] for path in paths})))
        print(f"  secrets: {', '.join(secrets) or 'none'}")
        if not dry_run:
            print(f"done: {_send(Path(folder), space, private, secrets)}")


def stage(folder, space):
    """Lay out in a folder what the Space will hold; list of Path."""
    for source in {path for pattern in WANTED for path in ROOT.glob(pattern) if path.is_file()}:
        if not str(source).endswith(LEFT_OUT) and not set(LEFT_OUT) & set(source.parts):
            target = folder / source.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
    readme, requirements = folder / "README.md", folder / "requirements.txt"
    readme.write_text(_readme(readme.read_text(), space))
    requirements.write_text(LIGHT_TORCH + requirements.read_text())
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _readme(text, space):
    """The front matter, with the thumbnail's address, and the sections that concern visitors."""
    _, matter, body = text.split("---\n", 2)
    sections = re.split(r"^(?=##? )", body, flags=re.MULTILINE)
    kept = "".join(
        part for part in sections if part.startswith(tuple(f"{'#' * n} {t}" for n in (1, 2) for t in KEPT_OF_README))
    )
    kept = re.sub(r"```sh\n.*?```\n\n?|^!\[.*talking\.gif\)\n\n?", "", kept, flags=re.DOTALL | re.MULTILINE)
    return f"---\n{matter}{THUMBNAIL.format(space)}---\n\n{kept}"


def _secrets():
    """What the Space is to keep to itself: dict of str to str."""
    found = {name: os.environ[name] for name in (CERTIFICATE, PRIVATE_KEY, TIMESTAMPS) if os.environ.get(name)}
    try:
        return {name: value if name == TIMESTAMPS else Path(value).read_text() for name, value in found.items()}
    except OSError:
        raise SettingError(f"{CERTIFICATE} or {PRIVATE_KEY} names a file that cannot be read.") from None


def _send(folder, space, private, secrets):
    """Upload; the Space's address."""
    try:
        from huggingface_hub import HfApi
        from huggingface_hub.errors import HfHubHTTPError
    except ImportError:
        raise SettingError("This needs the package huggingface_hub: please install requirements-hosting.txt.") from None
    token = os.environ.get("HF_TOKEN")
    if not token:
        raise SettingError("There is no HF_TOKEN: please make one that may write at huggingface.co/settings/tokens.")
    hub = HfApi(token=token)
    try:
        address = hub.create_repo(space, repo_type="space", space_sdk="gradio", private=private, exist_ok=True)
        for name, value in secrets.items():
            hub.add_space_secret(space, name, value)
        options = {"repo_type": "space", "commit_message": "Talking Face", "delete_patterns": "*"}
        hub.upload_folder(repo_id=space, folder_path=folder, **options)
    except (HfHubHTTPError, OSError) as error:
        raise SettingError(f"The Hub did not take it: {error}") from error
    return address


if __name__ == "__main__":
    main()
