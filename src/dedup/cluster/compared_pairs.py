"""The fourth stage: the exact similarity of rows and their candidates.

A row and its candidates are in one group, with the rows that have the same first candidate. So a
text is in few groups, and is sent and hashed once for each of them, not once for each pair.
"""

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa

from dedup.arrays.array_types import I64, Flags
from dedup.arrays.columns import pack_column
from dedup.arrays.packed import PackedTexts
from dedup.config import Config
from dedup.matching.pair_rule import pair_rule
from dedup.matching.similarity import pair_similarities
from dedup.text.hashing import shingle_texts
from dedup.text.recode import recode

GROUP_ROWS = 1 << 13  # that are looked up; their candidates are in the group, too
COMPARED_BYTES_AT_ONCE = 1 << 24  # of text, and then to the end of a group
_GROUP_SHIFT = 32


def compare_groups(batches: Iterable[pa.RecordBatch], config: Config) -> Iterator[pa.RecordBatch]:
    """Compare rows with their candidates, and return the pairs that match.

    A pair matches if its similarity is at least ``threshold`` and no pair rule exempts it.

    Parameters
    ----------
    batches
        Sorted by ``group`` and ``group_part``. A row of a group is there with ``position`` and
        ``text``, and, if it is looked up, a second time with ``position`` and ``candidates``.

    Yields
    ------
    pyarrow.RecordBatch
        ``position``, ``candidate``, ``similarity`` (float64).
    """
    for table in _whole_groups(batches):
        is_text = table.column("text").is_valid().to_numpy()
        texts = table.filter(pa.array(is_text))
        rows, candidates = _pairs(table, is_text)
        packed, positions = pack_column(texts.column("text")), texts.column("position").to_numpy()
        yield _matches(packed, positions, rows, candidates, config)


def _whole_groups(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """Yield tables of whole groups, of about COMPARED_BYTES_AT_ONCE."""
    held: list[pa.RecordBatch] = []
    for batch in batches:
        if not len(batch):
            continue
        held.append(batch)
        if sum(one.nbytes for one in held) < COMPARED_BYTES_AT_ONCE:
            continue
        table = pa.Table.from_batches(held)
        begin = int(_begins(table)[-1])  # of the last group, which may go on
        if begin:
            yield table.slice(0, begin)
        held = table.slice(begin).to_batches()
    if held:
        yield pa.Table.from_batches(held)


def _begins(table: pa.Table) -> I64:
    """Return the first row of each group."""
    names = ("group", "group_part")
    is_new = np.zeros(len(table), np.bool_)
    is_new[0] = True
    for name in names:
        column = table.column(name).to_numpy()
        is_new[1:] |= column[1:] != column[:-1]
    return np.flatnonzero(is_new)


def _group_numbers(table: pa.Table) -> I64:
    begins = _begins(table)
    return np.repeat(np.arange(len(begins)), np.diff(np.append(begins, len(table))))


def _pairs(table: pa.Table, is_text: Flags) -> tuple[I64, I64]:
    """Return the texts to be compared: the numbers of rows and of their candidates."""
    groups, positions = _group_numbers(table), table.column("position").to_numpy()
    ranked, ranks = np.unique(positions, return_inverse=True)
    codes = (groups << _GROUP_SHIFT | ranks)[is_text]
    order = np.argsort(codes)
    lists = table.column("candidates").combine_chunks()
    numbers = np.repeat(np.arange(len(lists)), lists.value_lengths().fill_null(0).to_numpy())
    candidates = np.searchsorted(ranked, lists.flatten().to_numpy())
    of_groups = groups[numbers] << _GROUP_SHIFT
    rows = order[np.searchsorted(codes, of_groups | ranks[numbers], sorter=order)]
    return rows, order[np.searchsorted(codes, of_groups | candidates, sorter=order)]


def _matches(
    packed: PackedTexts, positions: I64, rows: I64, candidates: I64, config: Config
) -> pa.RecordBatch:
    shingles = shingle_texts(packed.utf8, packed.offsets, config, threads=1)
    similarity = pair_similarities(shingles, rows, candidates, config.measure)
    matches = np.flatnonzero(similarity >= config.threshold)
    rows, candidates, similarity = rows[matches], candidates[matches], similarity[matches]
    if config.has_pair_rule:
        rule = pair_rule(*recode(packed.utf8, packed.offsets, config.unit), config)
        pairs = zip(rows.tolist(), candidates.tolist(), similarity.tolist(), strict=True)
        stay = np.array([not rule.exempts(*pair) for pair in pairs], np.bool_)
        rows, candidates, similarity = rows[stay], candidates[stay], similarity[stay]
    columns = {
        "position": positions[rows],
        "candidate": positions[candidates],
        "similarity": similarity,
    }
    return pa.RecordBatch.from_pydict(columns)
