from talking_face.generators.registry import LONGEST_TITLE, model_title


def test_long_paths_fit_above_a_face():
    name = model_title("/somewhere/far/a_folder_with_a_long_name/generator.pt")
    assert len(name) == LONGEST_TITLE and name.endswith("/generator.pt")
