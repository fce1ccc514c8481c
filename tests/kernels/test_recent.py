import numpy as np

from dedup.kernels.recent import MOST, note, nothing_recent, place_of


def test_the_latest_rows_are_found_and_the_oldest_are_not() -> None:
    rows = 200  # three times as many as there is room for
    recent = nothing_recent(rows)
    lengths = MOST - 100 * (np.arange(rows) % 7)
    for row, length in enumerate(lengths.tolist()):
        note(recent, row, np.full(length, row, np.uint64), length)
    places = [place_of(recent.starts, recent.written, row) for row in range(rows)]
    assert max(places[:130]) == -1
    assert min(places[-60:]) >= 0
    for row, place in enumerate(places):
        if place >= 0:
            assert (recent.values[place : place + lengths[row]] == row).all()
