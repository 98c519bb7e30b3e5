import threading
import time

import pytest
import torch

from talking_face.concurrency.thread_pool import MAX_WORKERS, alone, in_order


def test_results_come_in_the_order_of_the_items():
    def work(i):
        time.sleep(0.002 * (i % 3))
        return i * i

    assert list(in_order(work, range(30))) == [i * i for i in range(30)]


def test_only_a_few_items_are_taken_ahead():
    taken = []

    def items():
        for i in range(50):
            taken.append(i)
            yield i

    results = in_order(lambda i: i, items())
    assert next(results) == 0
    assert len(taken) <= MAX_WORKERS + 1
    results.close()
    assert len(taken) <= MAX_WORKERS + 1


def test_an_error_arrives_after_the_results_before_it():
    def work(i):
        if i == 1:
            raise ValueError("broken")
        return i

    results = in_order(work, range(5))
    assert next(results) == 0
    with pytest.raises(ValueError, match="broken"):
        next(results)


def test_torch_computes_on_one_thread_in_each_worker_and_as_before_elsewhere():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        assert set(in_order(lambda _: torch.get_num_threads(), range(8))) == {1}
        assert torch.get_num_threads() == 2
        found = []
        thread = threading.Thread(target=lambda: found.append(torch.get_num_threads()))
        thread.start()
        thread.join()
        assert found[0] > 0 and set(in_order(lambda _: torch.get_num_threads(), range(8))) == {1}
    finally:
        torch.set_num_threads(before)


def test_work_asked_for_by_a_worker_is_done_right_there():
    """Waiting for the other threads, which wait themselves, would never end."""

    def work(i):
        return alone(threading.get_ident) == threading.get_ident() and sum(in_order(lambda j: i * j, range(5)))

    assert list(in_order(work, range(3 * MAX_WORKERS))) == [10 * i for i in range(3 * MAX_WORKERS)]
