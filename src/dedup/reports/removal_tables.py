"""Tables of the records that a run removes: which, what they repeat, and what differs."""

from collections import defaultdict

import numpy as np

from dedup.arrays.array_types import I64
from dedup.datasets.decide_records import Decisions
from dedup.reports.differences import describe_differences, word_differences
from dedup.reports.terminal import (
    GREEN,
    NO_WRAP,
    PATH_COLUMN,
    RED,
    RIGHT_ALIGNED,
    make_table,
    more_rows,
)

MAX_COPIES_SHOWN, MAX_CLUSTERS_SHOWN = 30, 10
MIN_CLUSTER = 3  # records; a smaller one is a row of the other table
MEMBERS_SHOWN = 5  # of a cluster
DIFFERENCE_COLUMN = 40  # characters of what differs
SEE_ALL = "which --diff shows and --ledger FILE lists"


def table_of_copies(decisions: Decisions) -> str:
    """Return a table of removed records, empty without any.

    First come the near copies, the least similar one first, then the exact ones.
    """
    rows = _removed_rows(decisions)
    order = np.lexsort((decisions.similarity[rows], decisions.exact[rows]))
    shown = rows[order[:MAX_COPIES_SHOWN]].tolist()
    cells = []
    for row in shown:
        match = decisions.match_of(row)
        segments = word_differences(*decisions.compared_texts(row))
        cells.append(
            (
                decisions.rows.id_of(row),
                match["witness"],
                match["kind"],
                f"{match['similarity']:.3f}",
                describe_differences(segments, DIFFERENCE_COLUMN),
            )
        )
    columns = {
        "removed": PATH_COLUMN | RED,
        "copy of": PATH_COLUMN | GREEN,
        "kind": NO_WRAP,
        "similarity": RIGHT_ALIGNED,
        "what differs": PATH_COLUMN,
    }
    return make_table(columns, cells) + more_rows(len(rows) - len(cells), SEE_ALL)


def table_of_clusters(decisions: Decisions) -> str:
    """Return a table of the largest clusters of at least three records, empty without any."""
    members: defaultdict[object, list[int]] = defaultdict(list)
    rows = _removed_rows(decisions)
    for row, witness in zip(rows.tolist(), decisions.witness[rows].tolist(), strict=True):
        members[witness].append(row)
    clusters = [item for item in members.items() if len(item[1]) + 1 >= MIN_CLUSTER]
    clusters.sort(key=lambda item: -len(item[1]))
    cells = [
        (f"{len(copies) + 1:,}", decisions.id_of(witness), _names(decisions, copies))
        for witness, copies in clusters[:MAX_CLUSTERS_SHOWN]
    ]
    columns = {
        "largest clusters": RIGHT_ALIGNED,
        "kept": PATH_COLUMN | GREEN,
        "removed": PATH_COLUMN | RED,
    }
    smaller = "of 3 records or more"
    return make_table(columns, cells) + more_rows(len(clusters) - len(cells), smaller)


def _removed_rows(decisions: Decisions) -> I64:
    first = decisions.rows.reference_count
    return first + np.flatnonzero(decisions.removed[first:])


def _names(decisions: Decisions, rows: list[int]) -> str:
    """Return the ids of the first records of a cluster."""
    names = [str(decisions.rows.id_of(row)) for row in rows[:MEMBERS_SHOWN]]
    more = len(rows) - len(names)
    return ", ".join(names) + (f" and {more:,} more" if more else "")
