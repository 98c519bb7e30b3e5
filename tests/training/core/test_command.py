from talking_face.cli import main


def test_the_commands_train_and_say_when_they_were_interrupted(toy, tmp_path, capsys):
    path = tmp_path / "toy.yaml"
    path.write_text(f"recipe: toy\nrun: {tmp_path}/run\noutput: {tmp_path}/out.pt\ndata: {tmp_path}/data\nsteps: 6\n")
    assert main(["train", "--config", str(path), "interrupt_at=3"]) == 130
    assert "stopped after step 3" in capsys.readouterr().out and not (tmp_path / "out.pt").exists()
    assert main(["train", "--config", str(path), "interrupt_at=3"]) == 0 and (tmp_path / "out.pt").exists()
