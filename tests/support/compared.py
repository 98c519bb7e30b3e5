"""What the tests of the comparison compare."""

from talking_face.generators.registry import model_title

OURS = model_title("deformable")
FRAMES = 14
