"""Which records stay: compared with each other, or with those of an index."""

from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import xxhash

from dedup.arrays.array_types import F64, I64, U8, Flags
from dedup.datasets.record_table import RecordTable
from dedup.errors import InputError
from dedup.files.staged import StagedFiles
from dedup.index.index import Index
from dedup.index.stores.opening import is_server
from dedup.index.stores.records import Id
from dedup.index.validate import id_of_text, is_id
from dedup.matching.deduplicate import match_texts
from dedup.matching.keep_first import PROCESSING_ORDERS, Matches

KEEP_RECORD, REMOVE_RECORD, CHANGE_RECORD, SET_ASIDE = range(4)  # what is done with a record


@dataclass(frozen=True, slots=True)
class Decisions:
    """What became of each record, (n,) each."""

    rows: RecordTable
    witness: npt.NDArray[Any]  # the row of the record that it repeats, or the id in an index
    similarity: F64
    exact: Flags  # has the same tokens as its witness
    removed: Flags
    variants: dict[int, Any]  # kept records, and those that they are similar to but for figures
    by_index: bool = False  # whether witnesses and variants are known by their ids in an index
    superseded: tuple[tuple[Id, Any], ...] = ()  # in an index: earlier versions, and later ones
    updated: int = 0  # texts of an index that others under their ids replaced

    def name(self, found: Any) -> Any:  # noqa: ANN401
        """Return what a witness, or a variant, is called."""
        return found if self.by_index else self.rows.name(int(found))

    def match(self, row: int) -> dict[str, Any]:
        """Return the kind of copy that a record is, its witness, and how similar the two are."""
        return {
            "kind": "exact" if self.exact[row] else "near",
            "witness": self.name(self.witness[row]),
            "similarity": round(float(self.similarity[row]), 6),
        }

    @property
    def actions(self) -> U8:
        """What is done with each record, (n,)."""
        annotate = self.rows.job.options.annotate
        actions = np.full(len(self.rows), CHANGE_RECORD if annotate else KEEP_RECORD, np.uint8)
        if not annotate:
            actions[self.rows.edited] = CHANGE_RECORD
            actions[self.removed] = REMOVE_RECORD
        actions[self.rows.bad] = SET_ASIDE
        return actions

    def texts(self, row: int) -> dict[str, str]:
        """Return the cleaned texts of a row, by their fields."""
        self.rows.workspace.memory.trim()
        texts = self.rows.texts
        sizes = self.rows.field_sizes[np.searchsorted(self.rows.edited, row)]
        ends = texts.offsets[row] - 1 + np.cumsum(sizes + 1)  # one byte is between two fields
        assert ends[-1] == texts.offsets[row + 1], "the fields are not the whole text"
        names = self.rows.job.options.text
        return {
            name: str(texts.utf8[end - size : end].data, "utf-8", "surrogatepass")
            for name, end, size in zip(names, ends.tolist(), sizes.tolist(), strict=True)
        }

    def annotation(self, row: int) -> tuple[bool, Any, float | None]:
        """Return whether a record would stay, what it repeats, and how similar the two are.

        An update of an index stays, and may repeat another record all the same.
        """
        removed = bool(self.removed[row])
        if not removed and (not self.by_index or self.witness[row] is None):
            return True, None, None
        match = self.match(row)
        return not removed, match["witness"], match["similarity"]


def decide(rows: RecordTable, samples: list[Any]) -> Decisions:
    """Find the records that are copies of others; references stand, whatever they repeat.

    Parameters
    ----------
    samples
        Of the texts, if they were taken when these were read.
    """
    options = rows.job.options
    if not options.across:
        matches = Matches.none(len(rows))
    else:
        matches, _ = match_texts(
            rows.texts.utf8,
            rows.texts.offsets,
            rows.job.config,
            order_of=lambda counts: _processing_order(counts, rows, options.keep),
            reference_count=rows.reference_count,
            threads=options.threads,
            sketches=samples,
            memory=rows.workspace.memory,
        )
    removed = matches.repeats
    variants = np.flatnonzero(matches.numeric_variant != np.arange(len(rows)))
    return Decisions(
        rows,
        witness=matches.witness,
        similarity=matches.similarity,
        exact=matches.is_exact,
        removed=removed,
        variants={row: int(matches.numeric_variant[row]) for row in variants.tolist()},
    )


def _processing_order(counts: I64, rows: RecordTable, keep: str) -> I64:
    """Return the rows in the order in which they are taken: references, then the best copies."""
    if ":" not in keep:
        order = PROCESSING_ORDERS[keep](counts)  # type: ignore[index]  # checked by the options
    else:
        sign = -1 if keep.startswith("max:") else 1
        order = np.argsort(sign * rows.ranks, kind="stable")
    first: I64 = order[np.argsort(order >= rows.reference_count, kind="stable")]
    return first


def decide_by_index(rows: RecordTable, stack: ExitStack, staged: StagedFiles | None) -> Decisions:
    """Find the records that repeat what an index has, or earlier ones; add the others.

    Parameters
    ----------
    stack
        Closes the index, and undoes after an error what was added.
    staged
        The outputs: once they are written, and before they appear, what was added is there. None
        where there are none, and then nothing is added.
    """
    job = rows.job
    place = str(job.options.index)
    looks = staged is None and not is_server(place) and not Path(place).exists()
    # To look makes no file.
    index = Index(None if looks else place, job.index_config, forget_after=job.options.forget_after)
    stack.enter_context(index)
    transaction = stack.enter_context(ExitStack())
    transaction.enter_context(index.transaction(keep=staged is not None))
    if staged is not None:
        staged.before_moves = partial(_commit_index, transaction)
    own = np.flatnonzero(~rows.bad)
    names = None if rows.names is None else [_index_id(rows, row) for row in own.tolist()]
    texts = rows.texts if len(own) == len(rows) else rows.texts.take(own)
    batch = xxhash.xxh3_128()  # the name of this run for the index: a digest of what it reads
    for read in rows.inputs:
        batch.update(read.state.digest.encode())
    matches = index.add(texts, ids=names, on_conflict="update", batch=batch.hexdigest())

    def of_all(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        found = np.zeros(len(rows), values.dtype)
        found[own] = values
        return found

    versions = zip(matches.ids, matches.supersedes, strict=True)
    similar = zip(own.tolist(), matches.numeric_variant, strict=True)
    return Decisions(
        rows,
        witness=of_all(np.array([*matches.witness], object)),
        similarity=of_all(matches.similarity),
        exact=of_all(matches.exact),
        removed=of_all(~matches.keep),
        variants={row: name for row, name in similar if name is not None},
        by_index=True,
        superseded=tuple((old, name) for name, earlier in versions for old in earlier),
        updated=int(matches.updated.sum()),
    )


def _commit_index(transaction: ExitStack) -> None:
    """Commit what was added to an index."""
    try:
        transaction.close()
    except KeyboardInterrupt as interrupt:
        interrupt.add_note("the index may have the new records: run the same command again")
        raise


def _index_id(rows: RecordTable, row: int) -> Id:
    """Return what a record is called in the index: by a digest of its text where it has no name."""
    given = rows.name(row) if rows.names is not None and rows.names.text(row) else None
    if given is None:
        return id_of_text(rows.texts.encoded(row) or b"")
    if not is_id(given):
        read = rows.input_of(row)
        raise InputError(
            f"{read.path}: record {row - read.rows.start + 1:,}: its id must be a string or a "
            f"whole number for an index, got {given!r}"
        )
    return given
