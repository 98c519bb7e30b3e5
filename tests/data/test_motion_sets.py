import numpy as np

from support.tiny_data_room import names
from talking_face.data.motion_sets import UNHEARD, in_sync, source_group, speakers_held_out


def test_in_sync_keeps_the_part_where_sound_and_picture_overlap():
    mel, landmarks = np.repeat(np.arange(10), 4)[:, None], np.arange(10)
    sound, picture = in_sync(mel, landmarks, 3)
    np.testing.assert_array_equal(sound[::4, 0], picture - 3)


def test_generated_heads_are_held_out_only_where_their_speaker_is():
    (held_out,), (trained,) = names(True, 1), names(False, 1)
    rows = [
        {"source": "generated: A", "speaker": held_out},
        {"source": "generated: A", "speaker": "both"},
        {"source": "web video", "speaker": "both", "split": "val"},
        {"source": "web video", "speaker": trained},
        {"source": "MER2023 samples", "speaker": trained + " in another language"},
        {"source": "GRID", "speaker": "grid_s1"},
    ]
    assert speakers_held_out(rows) == {"both", trained + " in another language"}
    groups = [source_group(row["source"], row["speaker"]) for row in rows]
    assert groups == ["generated", "generated", "web", "web", UNHEARD, "main"]
