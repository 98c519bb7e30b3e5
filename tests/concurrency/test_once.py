import threading
import time

import pytest

from talking_face.concurrency.once import Once
from talking_face.concurrency.thread_pool import in_order


def test_who_asks_for_what_is_being_worked_out_waits_for_it():
    calls, begun = [], threading.Event()

    def work(number):
        begun.set()
        time.sleep(0.05)
        calls.append(number)
        return [number]

    once = Once(work, 2)
    first = threading.Thread(target=once, args=(1,))
    first.start()
    begun.wait()
    results = list(in_order(lambda _: once(1), range(8)))  # workers, too, of which the first needs one
    first.join()
    assert calls == [1] and all(result is results[0] for result in results)


def test_only_the_last_results_are_remembered():
    calls = []
    once = Once(calls.append, 2)
    for number in (1, 2, 1, 3, 1, 2):
        once(number)
    assert calls == [1, 2, 3, 2]
    once.clear()
    once(2)
    assert calls == [1, 2, 3, 2, 2]


def test_what_goes_wrong_is_tried_again():
    tries = iter([0, 1])
    once = Once(lambda: 1 / next(tries), 2)
    with pytest.raises(ZeroDivisionError):
        once()
    assert once() == 1
