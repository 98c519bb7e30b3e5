import cv2
import pytest

from support.paths import ASSETS


@pytest.fixture(scope="session")
def face():
    return cv2.cvtColor(cv2.imread(str(ASSETS / "london_009.jpg")), cv2.COLOR_BGR2RGB)
