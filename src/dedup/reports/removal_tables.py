"""Tables of the records that a run removes: which, what they repeat, and what differs."""

from collections import defaultdict
from itertools import islice
from operator import attrgetter

import numpy as np

from dedup.datasets.decide_records import Decisions
from dedup.reports.differences import describe_differences, word_differences
from dedup.reports.removal_diff import (
    LostPartTexts,
    kept_changed_rows,
    lines_of_run,
    removed_rows,
    runs_of,
)
from dedup.reports.terminal import (
    GREEN,
    NAME_COLUMN,
    NO_WRAP,
    PATH_COLUMN,
    RED,
    RIGHT_ALIGNED,
    TEXT_COLUMN,
    format_lines,
    make_table,
    more_rows,
)

MAX_COPIES_SHOWN, MAX_CLUSTERS_SHOWN = 30, 10
MIN_CLUSTER = 3  # records; a smaller one is a row of the other table
MEMBERS_SHOWN = 5  # of a cluster
LOST_TITLE, LOST_USED_WIDTH = "Repeated within a record", 59
RUNS_SHOWN = 3  # of paragraphs of a record
DIFFERENCE_COLUMN = 40  # characters of what differs
SEE_ALL = "which --diff shows and --ledger FILE lists"


def table_of_copies(decisions: Decisions) -> str:
    """Return a table of removed records, empty without any.

    First come the near copies, the least similar one first, then the exact ones.
    """
    rows = removed_rows(decisions)
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
    rows = removed_rows(decisions)
    for row, witness in zip(rows.tolist(), decisions.witness[rows].tolist(), strict=True):
        members[witness].append(row)
    clusters = [item for item in members.items() if len(item[1]) + 1 >= MIN_CLUSTER]
    clusters.sort(key=lambda item: -len(item[1]))
    cells = [
        (f"{len(copies) + 1:,}", decisions.id_of(witness, copies[0]), _names(decisions, copies))
        for witness, copies in clusters[:MAX_CLUSTERS_SHOWN]
    ]
    columns = {
        "largest clusters": RIGHT_ALIGNED,
        "kept": PATH_COLUMN | GREEN,
        "removed": PATH_COLUMN | RED,
    }
    smaller = "of 3 records or more"
    return make_table(columns, cells) + more_rows(len(clusters) - len(cells), smaller)


def table_of_lost_paragraphs(decisions: Decisions) -> str:
    """Return a table of paragraphs that repeat within a kept record, empty without any.

    Consecutive paragraphs that repeat consecutive ones are a row.
    """
    lost, counts = LostPartTexts(decisions), decisions.rows.removed_parts["within"]
    rows = kept_changed_rows(decisions)
    cells: list[tuple[object, ...]] = []
    shown = 0
    for row in rows[counts[rows] > 0].tolist():
        parts = [part for part in lost.of_row(row) if part.option == "within"]
        for run in islice(runs_of(parts, attrgetter("field")), RUNS_SHOWN):
            lines, witness_lines = map(format_lines, lines_of_run(run))
            kind = "near" if any(part.kind == "near" for part in run) else "exact"
            shown += len(run)
            cells.append((decisions.rows.id_of(row), lines, witness_lines, kind, run[0].text))
        if len(cells) >= MAX_COPIES_SHOWN:
            break
    columns = {
        "in": NAME_COLUMN,
        "lines": RIGHT_ALIGNED | RED,
        "repeat": RIGHT_ALIGNED | GREEN,
        "kind": NO_WRAP,
        TEXT_COLUMN: {},
    }
    more = int(counts[rows].sum()) - shown
    table = make_table(columns, cells, LOST_TITLE, LOST_USED_WIDTH)
    return table + more_rows(more, SEE_ALL, "paragraph")


def _names(decisions: Decisions, rows: list[int]) -> str:
    """Return the ids of the first records of a cluster."""
    names = [str(decisions.rows.id_of(row)) for row in rows[:MEMBERS_SHOWN]]
    more = len(rows) - len(names)
    return ", ".join(names) + (f" and {more:,} more" if more else "")
