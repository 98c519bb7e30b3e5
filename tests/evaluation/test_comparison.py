"""A photo or a real clip drives the models that are compared."""

import numpy as np
import pytest

from support.compared import OURS
from talking_face.errors import ChoiceError, PhotoError, RecordingError
from talking_face.evaluation import comparison
from talking_face.evaluation.compared import REAL, STILL
from talking_face.evaluation.comparison import compare, compare_clip
from talking_face.media.reading import read_video
from talking_face.media.writing import write_video


@pytest.fixture(scope="module")
def clip(engine, portrait, few_frames, tmp_path_factory):
    """What our model makes, as if it were somebody real."""
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    write_video(path, engine.render(portrait, few_frames, liveliness=0), few_frames.sound, few_frames.rate)
    return path


@pytest.fixture(scope="module")
def clip_result(clip):
    return compare_clip(clip, models=["deformable"])


def test_a_real_clip_drives_the_model_and_is_what_it_is_measured_against(clip_result):
    assert list(clip_result.takes) == [STILL, REAL, OURS]
    still, ours = clip_result.scores[STILL], clip_result.scores[OURS]
    # Its "real" speaker is our own video, so the model must come much closer to it than the still photo does.
    assert ours["psnr"] > still["psnr"] + 3 and ours["ssim"] > still["ssim"]
    assert ours["landmarks"] < still["landmarks"] and ours["lip_correlation"] > 0.9 > still["lip_correlation"]
    assert clip_result.notes == (comparison.GIVEN.format("neutral"),)
    assert {"psnr", "ssim", "landmarks"} <= {measure.key for measure in clip_result.measures}


def test_what_is_long_is_cut_and_said(portrait, few_frames, compared, monkeypatch):
    monkeypatch.setattr(comparison, "MAX_SECONDS", 0.4)
    assert (compared.speech, compared.notes) == (few_frames, ())
    cut = compare(portrait, few_frames, models=["deformable"])
    assert cut.speech.frames == 10 and cut.notes == (comparison.CUT,)


def test_bad_choices_are_told(portrait, few_frames, tmp_path):
    with pytest.raises(ChoiceError, match="at least one"):
        compare(portrait, few_frames, models=[])
    with pytest.raises(ChoiceError, match="grumpy"):
        compare(portrait, few_frames, "grumpy", ["deformable"])
    with pytest.raises(RecordingError):
        compare_clip(tmp_path / "absent.mp4")


def test_a_clip_that_lies_on_its_side_is_refused(clip, few_frames, tmp_path):
    frames = np.ascontiguousarray(np.rot90(read_video(clip), axes=(1, 2)))
    write_video(tmp_path / "lying.mp4", [frames], few_frames.sound, few_frames.rate)
    with pytest.raises(PhotoError, match="lies on its side"):
        compare_clip(tmp_path / "lying.mp4", models=["deformable"])
