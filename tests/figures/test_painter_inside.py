import numpy as np

from talking_face.figures import painter_inside


def test_pictures_of_the_inside_show_samples_and_paint(engine, portrait, few_frames, compared):
    pictures = painter_inside.look_inside(engine.generator, portrait, few_frames, "happiness", compared.moment)
    assert list(pictures) == ["coarse", "middle", "attention"]
    assert {picture.shape for picture in pictures.values()} == {(painter_inside.SIDE, painter_inside.SIDE, 3)}
    colourful = np.ptp(pictures["attention"].astype(int), axis=2) > 20
    middle = slice(painter_inside.SIDE // 3, 2 * painter_inside.SIDE // 3)
    assert colourful[middle, middle].mean() > 0.1 and colourful[:20].mean() < 0.01
    assert (pictures["coarse"] != pictures["middle"]).any()
