"""What two models made, side by side; the baseline is a narrow network of random weights."""

import numpy as np
import pytest

from support.compared import FRAMES, OURS
from talking_face.audio import read_sound
from talking_face.evaluation.compared import STILL
from talking_face.generators.registry import model_title
from talking_face.media.reading import read_video


def test_models_are_in_step_and_ours_is_what_the_engine_makes(compared, engine, portrait, few_frames, narrow_weights):
    assert (
        list(compared.takes) == [STILL, OURS, model_title(narrow_weights)]
        and compared.generated == list(compared.takes)[1:]
    )
    assert {take.shape for take in compared.takes.values()} == {(FRAMES, 256, 256, 3)}
    still_head = engine.render(portrait, few_frames, "happiness", crop=True, liveliness=0)
    expected = np.concatenate(list(still_head))
    np.testing.assert_array_equal(compared.takes[OURS], expected)


def test_the_measures_tell_a_good_face_from_a_smear(compared, narrow_weights):
    ours, smear = compared.scores[OURS], compared.scores[model_title(narrow_weights)]
    assert set(ours) == {"fps", "sharpness", "identity", "lip_motion"} and ours["fps"] > 0
    assert 0.8 < ours["sharpness"] < 1.3 and smear["sharpness"] < 0.2
    assert ours["identity"] < 0.6 < smear["identity"]
    assert ours["lip_motion"] > 1 and ours["lip_motion"] == pytest.approx(100 * compared.openings[OURS].std())
    lines = compared.table().splitlines()
    assert lines[0].count("|") == 4 and len(lines) == 2 + len(compared.measures)
    (row,) = [line for line in lines if "identity" in line]
    assert "↓" in row and f"**{ours['identity']:.3f}** | {smear['identity']:.3f}" in row


def test_the_video_has_the_sound_and_both_faces_under_their_names(compared, tmp_path):
    compared.write(tmp_path / "both.mp4")
    frames, (_, sound, _) = read_video(tmp_path / "both.mp4"), read_sound(tmp_path / "both.mp4")
    assert frames.shape == (FRAMES, 292, 524, 3) and sound is not None
    ours = frames[-1, 32:288, 4:260].astype(int)
    assert np.abs(ours - compared.takes[OURS][-1]).mean() < 4
    assert all(np.ptp(frames[0, 4:30, left : left + 256]) > 100 for left in (4, 264))  # the names


def test_curves_hold_every_video_over_the_sound(compared):
    curves = compared.curves()
    counts = {name: curves["curve"].count(name) for name in curves["curve"]}
    assert counts == {"Sound": 2 * FRAMES} | dict.fromkeys(compared.generated, FRAMES)
    ours = [y for y, name in zip(curves["opening"], curves["curve"]) if name == OURS]
    np.testing.assert_allclose(ours, 100 * compared.openings[OURS], rtol=1e-5)
    assert compared.moment == int(np.argmax(ours)) and max(curves["seconds"]) < FRAMES / 25
