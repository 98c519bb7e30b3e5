import os

import pytest


@pytest.mark.skipif("PYTEST_XDIST_WORKER" not in os.environ, reason="one process runs all tests")
def test_what_shares_fixtures_stays_on_one_worker(request):
    """Pytest-xdist 3.8 spreads groups over all workers, without a word, with pytest 9.2."""
    assert request.node.nodeid.endswith("@tests/test_groups.py")
