import numpy as np
import pytest


@pytest.fixture(scope="session")
def face(engine, portrait):
    return engine.generator.prepare(portrait)[1].astype(np.float32)
