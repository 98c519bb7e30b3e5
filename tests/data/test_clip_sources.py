import pytest

from talking_face.cli import main
from talking_face.data.clip_sources import find_sources

INDEXES = [
    ("file\na.mp4\n", "path"),
    ("path,emotion\na.mp4,bored\n", "bored"),
    ("path,intensity\na.mp4,HUGE\n", "HUGE"),
    ("path,split\na.mp4,test\n", "test"),
    ("path\n", "no video"),
]


@pytest.mark.parametrize("text, word", INDEXES)
def test_a_faulty_index_is_one_sentence_and_exit_code_2(tmp_path, capsys, text, word):
    (tmp_path / "index.csv").write_text(text)
    assert main(["prepare", "--input", str(tmp_path / "index.csv"), "--output", str(tmp_path / "clips")]) == 2
    printed = capsys.readouterr()
    assert len(printed.err.splitlines()) == 1 and word in printed.err + printed.out


def test_an_empty_or_missing_input_is_one_sentence_and_exit_code_2(tmp_path, capsys):
    for given in (tmp_path, tmp_path / "missing"):
        assert main(["prepare", "--input", str(given), "--output", str(tmp_path / "clips")]) == 2
        assert len(capsys.readouterr().err.splitlines()) == 1
    assert not (tmp_path / "clips").exists()


def test_two_videos_of_one_name_are_told_apart(tmp_path):
    for name in ("1005_DFA_HAP_XX.mp4", "1005_DFA_HAP_XX.flv"):
        (tmp_path / name).touch()
    first, second = find_sources([tmp_path])
    assert not first.fault and "already has the name" in second.fault
