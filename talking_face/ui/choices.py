"""What the tabs offer to choose from, and what they say of it."""

from talking_face.emotions import IN_ORDER, TABLE
from talking_face.paths import ASSETS

PHOTOS = [
    str(ASSETS / name)
    for name in ("london_129_large.jpg", "london_portrait.jpg", "london_024_large.jpg", "london_009_large.jpg")
]
VOICES = [str(ASSETS / name) for name in ("good_news.wav", "photograph.wav", "everywhere.wav")]
LINES = ["Good news!", "I can talk to you.", "Why did you leave?"]
SIGNS = {emotion.name: emotion.sign for emotion in TABLE}
FEELINGS = [(f"{SIGNS[name]} {name.capitalize()}", name) for name in IN_ORDER]
CONSENT = "*Use your own face, or one you may use.*"
HIDDEN = {"api_visibility": "private"}
AT_ONCE = HIDDEN | {"queue": False, "show_progress": "hidden"}
