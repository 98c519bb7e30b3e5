import pytest

from talking_face.data.clip_names import clip_name, labels_from_name


@pytest.mark.parametrize(
    "path, labels, name",
    [
        ("1005_DFA_HAP_XX.flv", ("1005", "DFA", "happiness", "XX"), "1005_DFA_HAP_XX"),
        ("1040_ITH_SAD_X.flv", ("1040", "ITH", "sadness", "XX"), "1040_ITH_SAD_XX"),
        ("s12/bbaf2n.mpg", ("s12", "bbaf2n", "neutral", "XX"), "s12_bbaf2n_NEU_XX"),
        ("home/Birthday party.mov", ("Birthday party", "Birthday party", "", "XX"), "Birthday-party_Birthday-party"),
    ],
)
def test_labels_from_names(path, labels, name):
    assert labels_from_name(path) == labels and clip_name(labels_from_name(path)) == name
