"""Where eyes look, beside where the head does: irises within their lids, as a mesh has them."""

import numpy as np

from talking_face.audio.prosody import smooth
from talking_face.data.tables import read_table
from talking_face.evaluation.tracking import first_face, track_meshes
from talking_face.face.mesh.frames import find_pose
from talking_face.face.mesh.topology import LEFT_IRIS, RIGHT_IRIS, eye_centres
from talking_face.media.reading import read_video

SPEAKERS, SHORTEST = 8, 200  # real speakers looked at, and frames of theirs at least
IRISES = RIGHT_IRIS, LEFT_IRIS
LIDS = (159, 145), (386, 374)  # the middles of the upper and the lower one
OPEN = 0.7  # of their usual opening, below which eyes tell nothing of where they look
EYEBALL = 0.19  # eye distances: its radius
STEADY = 1.0  # frames; the finder's trembling is smoothed away
GLANCE = 4.0  # degrees from where a recording mostly looks


def describe_gaze(meshes, mean):
    """Figures of one recording's gaze.

    Parameters
    ----------
    meshes : ndarray, (T, 478, 3)
        Pixels of a steady camera.
    mean : ndarray, (478, 3)
        The mean mesh, eye distances.

    Returns
    -------
    dict of str to float
        Turn of the eyes in the head, its standard deviation sideways and up and down; share of the time that they look
        `GLANCE` degrees away; and the correlation of their turn sideways with the head's, negative where they stay with
        what they look at.
    """
    poses = [find_pose(mesh, mean) for mesh in meshes]
    faces = np.stack([(mesh - pose.origin) @ pose.rotation / pose.scale for mesh, pose in zip(meshes, poses)])
    opening = np.mean([faces[:, low, 1] - faces[:, high, 1] for high, low in LIDS], 0)
    usual = np.median(opening)
    seen = np.flatnonzero(opening >= min(usual, OPEN * usual))
    irises = [faces[:, iris[0], :2] - centre for iris, centre in zip(IRISES, eye_centres(faces[..., :2]))]
    turn = np.degrees(np.arcsin(np.clip(np.mean(irises, 0) / EYEBALL, -1, 1)))
    turn = np.stack([np.interp(np.arange(len(turn)), seen, column[seen]) for column in turn.T], 1)
    turn = smooth(turn, STEADY)[seen]
    yaw = smooth(np.array([pose.degrees[0] for pose in poses]), STEADY)[seen]
    away = np.abs(turn - np.median(turn, 0)).max(1) > GLANCE
    both = (turn[:, 0] - turn[:, 0].mean()) * (yaw - yaw.mean())
    figures = {"gaze sideways, degrees": turn[:, 0].std(), "gaze up and down, degrees": turn[:, 1].std()}
    figures["gaze away, share of time"] = away.mean()
    figures["gaze with the head's turn, correlation"] = both.mean() / max(turn[:, 0].std() * yaw.std(), 1e-9)
    return {name: float(value) for name, value in figures.items()}


def gaze_of_real_speakers(data, mean):
    """`describe_gaze` of free speakers' clips, one each, in which the same mesh finds the eyes as in our frames."""
    clips = {}
    for row in read_table(data / "clips.csv"):
        if row["source"].startswith("HDTF") and int(row["frames"]) >= SHORTEST:
            clips.setdefault(row["speaker"], data / "clips" / f"{row['id']}.mp4")
    for path in list(clips.values())[:SPEAKERS]:
        frames = read_video(path)
        yield describe_gaze(track_meshes(frames, first_face(frames[0])), mean)
