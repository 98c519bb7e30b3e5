"""`generate-all` on a cluster: all is made though a worker is killed in mid-run; then nothing is made twice."""

import os
import shutil
import signal
import threading
import time

import numpy as np
import pytest

from talking_face.cli import main
from talking_face.media.content_credentials import read
from talking_face.media.reading import read_video
from talking_face.media.writing import write_video

dask, distributed = pytest.importorskip("dask"), pytest.importorskip("distributed")
CLIPS = 6


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    own = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None, "host": "127.0.0.1"}
    environment = {"OMP_NUM_THREADS": "1", "TALKING_FACE_CACHE": os.environ["TALKING_FACE_CACHE"]}
    folder = str(tmp_path_factory.mktemp("dask"))
    with dask.config.set({"distributed.comm.timeouts.connect": "300s", "distributed.comm.timeouts.tcp": "300s"}):
        with distributed.LocalCluster(**own, local_directory=folder, env=environment) as cluster:
            yield cluster


@pytest.fixture
def clips(tmp_path, portrait, short_speech):
    folder = tmp_path / "clips"
    folder.mkdir()
    still = np.repeat(portrait.image[None], 15, 0)
    write_video(folder / "clip0.mp4", [still], short_speech.sound, short_speech.rate)
    for number in range(1, CLIPS):
        shutil.copy(folder / "clip0.mp4", folder / f"clip{number}.mp4")
    (folder / "broken.mp4").write_text("no video")
    return folder


def generate_all(clips, output, *options):
    return main(["generate-all", "--input", str(clips), "--output", str(output), "--emotions", "fear", *options])


@pytest.mark.slow
def test_a_worker_that_is_killed_loses_nothing(cluster, clips, tmp_path, capsys):
    output = tmp_path / "out"
    with distributed.Client(cluster) as client:
        victim = next(iter(client.run(os.getpid).values()))

    def kill():
        while not list(output.glob("*.mp4")):
            time.sleep(0.05)
        os.kill(victim, signal.SIGKILL)

    killer = threading.Thread(target=kill, daemon=True)
    killer.start()
    assert generate_all(clips, output, "--crop", "--scheduler", cluster.scheduler_address) == 0
    killer.join(300)
    said = capsys.readouterr().out
    assert f"{CLIPS} videos of {CLIPS} clips" in said and "skipped broken" in said
    videos = sorted(output.glob("*.mp4"))
    assert [video.name for video in videos] == [f"clip{number}_fear.mp4" for number in range(CLIPS)]
    assert all(len(read_video(video)) == 15 and read(video).says_ai for video in videos)

    videos[2].unlink()
    made = {video: video.stat().st_mtime_ns for video in videos if video.exists()}
    assert generate_all(clips, output, "--crop", "--resume", "--scheduler", cluster.scheduler_address) == 0
    assert videos[2].exists() and {video: video.stat().st_mtime_ns for video in made} == made


def test_a_cluster_that_is_not_there_is_said(clips, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("talking_face.cli.cluster.PATIENCE", 0.5)
    assert generate_all(clips, tmp_path / "out", "--scheduler", "tcp://127.0.0.1:9") == 2
    assert "No Dask scheduler answers" in capsys.readouterr().err
