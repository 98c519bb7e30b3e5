"""What our figures are compared with: the reference project's network, and torchvision's deformable convolution."""

from talking_face.bench.material import SMALL, photo, recording
from talking_face.bench.timing import Row, timed

SECONDS = 10  # of speech for the reference network and ours
FRAMES = 10  # a batch of deformable convolutions: the frames of one piece of work


def measure_yardsticks(runs):
    """The reference network at full width beside our renderer; each deformable convolution twice; yields rows."""
    yield from _reference(runs)
    for channels, side in deformable_sizes():
        yield from _deformable(runs, channels, side)


def deformable_sizes():
    """Channels and sides of the maps on which the painter uses deformable convolutions."""
    from talking_face.generators.deformable.mouth import REGION
    from talking_face.generators.deformable.renderer import Renderer

    _, middle, coarse = Renderer.load().painter.channels
    return (middle, REGION // 4), (coarse, REGION // 8)


def _reference(runs):
    import torch

    from talking_face.engine import TalkingFace
    from talking_face.generators.baseline.network import Generator

    torch.manual_seed(0)
    network = Generator().eval()
    image, speech, emotion = (
        torch.rand(1, 3, 128, 128) * 2 - 1,
        torch.randn(1, 1, SECONDS * 8000) / 10,
        torch.eye(6)[:1],
    )

    @torch.inference_mode()
    def generate():
        return sum(video.shape[1] for video in network.stream(image, speech, emotion, *network.draw_noise(speech)))

    engine = TalkingFace.load()
    portrait, spoken = engine.portrait(photo(SMALL)), engine.speech(recording(SECONDS))
    theirs, ours = [], []
    for _ in range(runs):  # in turn, so that whatever else the machine does disturbs both alike
        theirs += timed("", generate, 1, warm_up=not theirs).values
        ours += timed("", lambda: [None for _ in engine.render(portrait, spoken)], 1, warm_up=not ours).values
    frames = spoken.frames
    yield Row("reference network, random weights, 128 px", "frames/s", [frames / t for t in theirs])
    yield Row("ours, 256 px, in turn with it", "frames/s", [frames / t for t in ours])
    yield Row("ours over the reference network", "times", [t / o for t, o in zip(theirs, ours)], ">= 8")


def _deformable(runs, channels, side):
    """One frame-shared map convolved at the offsets of ten frames, as the painter does."""
    import torch
    from torchvision.ops import deform_conv2d as theirs

    from talking_face.generators.deformable.deform_conv import deform_conv2d as ours

    torch.manual_seed(0)
    features = torch.randn(1, channels, side, side)
    offset, mask = 2 * torch.randn(FRAMES, 18, side, side), torch.rand(FRAMES, 9, side, side)
    weight = torch.randn(channels, channels, 3, 3) / channels
    many = features.expand(FRAMES, -1, -1, -1).contiguous()

    @torch.inference_mode()
    def run(convolve, image):
        for _ in range(5):
            convolve(image, offset, weight, padding=1, mask=mask)

    size = f"{channels} channels, {side} x {side}, {FRAMES} frames"
    slow, fast = [], []
    for _ in range(runs):
        slow += timed("", lambda: run(theirs, many), 1, warm_up=not slow).values
        fast += timed("", lambda: run(ours, features), 1, warm_up=not fast).values
    yield Row(f"torchvision's deformable convolution, {size}", "ms", [200 * t for t in slow])
    yield Row(f"our deformable convolution, {size}", "ms", [200 * t for t in fast])
    yield Row(f"ours over torchvision's, {size}", "times", [s / f for s, f in zip(slow, fast)], ">= 5")
