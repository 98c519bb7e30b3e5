import pytest

from support.narrow_baseline import narrow_inputs


@pytest.fixture(scope="session")
def inputs():
    """Photo, sound and emotion of a batch of two."""
    batch = narrow_inputs()
    return [batch[name] for name in ("image", "speech", "emotion")]
