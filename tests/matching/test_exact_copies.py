import numpy as np
import pytest

from dedup.arrays.array_types import I64, U64
from dedup.matching.exact_copies import find_representatives
from tests.without_core import needs_core

pytestmark = needs_core


def first_with_fingerprint(order: I64, counts: I64, fingerprints: U64) -> list[int]:
    representative, first = list(range(len(order))), dict[tuple[int, ...], int]()
    for row in order.tolist():
        if counts[row]:
            representative[row] = first.setdefault(tuple(fingerprints[row].tolist()), row)
    return representative


@pytest.mark.parametrize("rows", [0, 1, 64, 130, 2000])
def test_the_first_row_of_a_fingerprint_represents_the_others(rows: int) -> None:
    # Often, because an error of the prefetched rows would show only now and then.
    generator = np.random.default_rng(rows)
    order = np.ascontiguousarray(np.arange(rows)[::-1])
    for _ in range(1 if rows in (0, 2000) else 3000):
        fingerprints = generator.integers(0, 2**64, (rows, 2), np.uint64)
        # Copies of some rows, and fingerprints that differ in one half only.
        copies = generator.integers(0, min(4, rows // 8) + 1)
        fingerprints[:copies] = fingerprints[
            generator.integers(rows // 4, rows + 1 - bool(rows), copies)
        ]
        fingerprints[copies : rows // 6, 0] = fingerprints[rows // 2 : rows // 2 + 1, 0]
        counts = generator.integers(0, 9, rows)
        representative, is_representative = find_representatives(order, counts, fingerprints)
        assert representative.tolist() == first_with_fingerprint(order, counts, fingerprints)
        assert is_representative.tolist() == (representative == np.arange(rows)).tolist()
