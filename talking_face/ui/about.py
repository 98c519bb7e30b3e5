"""The tab "How it works": the data's way in pictures, limits, privacy, the model card and licences."""

import gradio as gr

from talking_face.paths import ASSETS, CHECKPOINTS, DOCS

STEPS = (
    ("portrait", "1. The photo", "A face is found, and 68 points on it."),
    ("speech", "2. The voice", "How loud each frequency is over time, above, tells how far the lips open, below."),
    ("motion", "3. The motion", "Lips and jaw follow the voice; brows, eyes and mouth corners carry the emotion."),
    (
        "flow",
        "4. The flow",
        "The photo's own pixels move along, most around the mouth; the head turns as one, and the background stays.",
    ),
    ("frame", "5. The frame", "What the photo does not show, the inside of the mouth, is painted."),
)
ALT = {
    "portrait": "A woman's face with lines along its jaw, brows, eyes, nose and lips",
    "speech": "A spectrogram of the sentence above a curve of the lips' opening",
    "motion": "The same face with arrows from each point to where it goes, longest at the mouth",
    "flow": "The same face under a grid that bends around its mouth",
    "frame": "The same face, now smiling and speaking",
}
LIMITS = """
## What it can and cannot do
- One face, towards the camera, in good light. A face that is turned far aside, cut off or tiny is refused with a
  reason.
- Lips follow the sound, not the meaning, and no expression on a face says what anybody feels.
- Teeth of a photo with closed lips are invented, and may be too dim or too even.
- It was made from few moving faces, most of them speaking English; children's faces were not measured.
"""
PRIVACY = """
## What happens to your photo
- **Nothing is kept.** Photos, recordings and videos are deleted after an hour at most, and when the program ends. Until
  then, the same tab has them again when it is loaded anew.
- They go to the computer that serves this page and nowhere else, and nobody looks at them.
- Nothing is logged but whether a video was made, and how long it took.
- Every video says, in the picture unless the host of this page chose otherwise, and always in the file, that it is
  AI-generated.
- Use your own face, or one you may use.
"""


def lay_out():
    """Build the tab inside a gr.Blocks."""
    with gr.Row():
        for name, title, text in STEPS:
            with gr.Column(min_width=200):
                gr.Image(
                    str(DOCS / f"how_{name}.jpg"),
                    label=title,
                    show_label=False,
                    alt_text=ALT[name],
                    interactive=False,
                    buttons=[],
                )
                gr.Markdown(f"**{title}**\n\n{text}")
    with gr.Row():
        for words in (LIMITS, PRIVACY):
            with gr.Column(min_width=320):
                gr.Markdown(words)
    with gr.Accordion("Model card", open=False):
        gr.Markdown((CHECKPOINTS / "README.md").read_text(encoding="utf-8"), elem_classes="english")
    with gr.Accordion("Example faces and lines, and their licences", open=False):
        gr.Markdown((ASSETS / "README.md").read_text(encoding="utf-8"), elem_classes="english")
