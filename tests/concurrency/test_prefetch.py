import threading
import time

import pytest

from support.jobs import wait_for
from talking_face.concurrency.prefetch import ahead


def test_items_come_in_order():
    assert list(ahead(range(20))) == list(range(20))


def test_work_goes_on_while_an_item_is_used_but_not_far_ahead():
    made = []

    def items():
        for i in range(20):
            made.append(i)
            yield i

    taken = ahead(items(), depth=2)
    assert next(taken) == 0
    wait_for(lambda: len(made) == 4)
    time.sleep(0.05)
    assert len(made) == 4  # one taken, two waiting, one in hand
    taken.close()


def test_errors_arrive_after_the_items_before_them():
    def items():
        yield 1
        raise ValueError("broken")

    taken = ahead(items())
    assert next(taken) == 1
    with pytest.raises(ValueError, match="broken"):
        next(taken)


def test_closing_early_ends_the_thread():
    before = set(threading.enumerate())
    taken = ahead(iter(int, 1))
    next(taken)
    taken.close()
    assert set(threading.enumerate()) <= before
