"""Reading ahead in threads: results come in order, complete, and up to the first failure."""

import threading
from collections.abc import Iterator

import pytest

from dedup.datasets.read_inputs import map_ahead


def failing(count: int) -> Iterator[int]:
    yield from range(count)
    raise ValueError("cut off")


@pytest.mark.parametrize("threads", [None, 1, 2])
def test_results_come_in_order(threads: int | None) -> None:
    assert list(map_ahead(iter(range(50)), lambda number: number + 1, threads)) == [*range(1, 51)]


@pytest.mark.parametrize("threads", [None, 1])
def test_results_before_a_failure_are_yielded_first(threads: int | None) -> None:
    found = map_ahead(failing(7), lambda number: number, threads)
    assert [next(found) for _ in range(7)] == [*range(7)]
    with pytest.raises(ValueError, match="cut off"):
        next(found)


def test_a_failure_of_the_work_is_that_of_its_item() -> None:
    made = map_ahead(iter([1, 0, 2]), lambda number: 6 // number, None)
    assert next(made) == 6
    with pytest.raises(ZeroDivisionError):
        next(made)


def test_abandoning_the_iterator_ends_its_threads() -> None:
    before = threading.active_count()
    made = map_ahead(iter(range(1000)), lambda number: number, None)
    assert next(made) == 0
    made.close()  # type: ignore[attr-defined]  # a generator
    assert threading.active_count() == before
