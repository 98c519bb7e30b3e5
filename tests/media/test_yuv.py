import subprocess

import numpy as np
from imageio_ffmpeg import get_ffmpeg_exe

from talking_face.media.yuv import bt709, to_yuv420


def test_white_black_and_grey_are_where_the_standard_has_them():
    np.testing.assert_allclose(bt709() @ [255, 255, 255, 1], [235, 128, 128], atol=1e-9)
    np.testing.assert_allclose(bt709() @ [0, 0, 0, 1], [16, 128, 128], atol=1e-9)
    assert (bt709() @ [0, 0, 255, 1])[1] == 240 and (bt709() @ [255, 0, 0, 1])[2] == 240


def test_the_planes_are_ffmpegs_within_a_rounding(portrait):
    frame = portrait.crop[:200, :256]
    convert = "scale=out_color_matrix=bt709:out_range=tv:flags=area+accurate_rnd+full_chroma_int,format=yuv420p"
    command = [get_ffmpeg_exe(), "-v", "error", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", "256x200", "-i", "-"]
    command += ["-vf", convert, "-f", "rawvideo", "-"]
    theirs = np.frombuffer(subprocess.run(command, input=frame.tobytes(), capture_output=True).stdout, np.uint8)
    ours, same = to_yuv420(np.stack([frame, frame]))
    np.testing.assert_array_equal(ours, same)
    assert ours.shape == theirs.shape == (200 * 256 * 3 // 2,)
    difference = np.abs(ours.astype(int) - theirs)
    assert difference.max() <= 2 and difference.mean() < 0.2
