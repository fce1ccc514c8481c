"""Decide which records are removed, and name the witness of each: the kept record it repeats.

``decide`` compares the records with each other, ``decide_by_index`` with those of an index. Both
use the keep-first rule of ``matching/keep_first.py``. ``Decisions.match_of`` answers why a record
was removed; the ledger and the report have its answer.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import xxhash

from dedup.arrays.array_types import F64, I64, U8, CopyKind, Flags
from dedup.arrays.native import core
from dedup.arrays.packed import PackedTexts
from dedup.config import Config
from dedup.datasets.formats.ranks import order_of_ranks
from dedup.datasets.read_inputs import changed_input_error
from dedup.datasets.record_table import RecordTable
from dedup.datasets.record_texts import RecordTexts
from dedup.errors import InputError
from dedup.files.staged import StagedFiles
from dedup.index.stores.opening import is_server
from dedup.index.stores.records import Id
from dedup.index.validate import id_of_text, is_id
from dedup.matching.decisions import PairDecisions
from dedup.matching.deduplicate import match_read_rows, match_texts
from dedup.matching.judged_pairs import JudgedRows
from dedup.matching.keep_first import PROCESSING_ORDERS, Matches
from dedup.matching.rows import ReadRows

if TYPE_CHECKING:
    from dedup.index.index import Index

TEXTS_PER_TRIM = 1 << 10  # that are read between two checks of the memory
# What is done with a record; SET_ASIDE is for records that cannot be read.
KEEP_RECORD, REMOVE_RECORD, CHANGE_RECORD, SET_ASIDE = range(4)


@dataclass(frozen=True, slots=True)
class Decisions:
    """The decision on each of n records."""

    rows: RecordTable
    compared: PackedTexts | RecordTexts  # (n,): the texts as they were compared
    witness: npt.NDArray[Any]  # (n,): row, or id in an index, of the kept record it repeats
    similarity: F64  # (n,): to the witness
    exact: Flags  # (n,): the record is an exact copy of its witness
    judged_copy: Flags  # (n,): a person judged the record to be a copy of its witness
    removed: Flags  # (n,)
    variants: dict[int, Any]  # by row of a kept record: row or id of a similar text, no copy of it
    index: "Index | None" = None  # in which witnesses and variants are ids; else they are rows
    rows_in_index: dict[Any, int] = field(default_factory=dict)  # of witnesses and variants, by id
    superseded: tuple[tuple[Id, Any], ...] = ()  # in an index: (earlier version, new record)
    updated: int = 0  # number of texts of an index replaced by a new text with the same id
    judged: JudgedRows | None = None  # the records that a person judged; None without decisions

    @property
    def by_index(self) -> bool:
        """Whether witnesses and variants are ids in an index, not rows."""
        return self.index is not None

    @property
    def config(self) -> Config:
        """The settings of the comparison: those of the index, or of the job."""
        return self.rows.job.config if self.index is None else self.index.config

    def row_of(self, text: Any, row: int) -> int | None:  # noqa: ANN401
        """Return the row of the witness of a row, or of the text to which the row is similar.

        None if it is not among the records of this run, but in the index. A later record with its
        id replaces it there.
        """
        if not self.by_index:
            return int(text)
        found = self.rows_in_index.get(text)
        return None if found is None or found > row else found

    def id_of(self, text: Any, row: int) -> Any:  # noqa: ANN401
        """Return the id of a text as in ``row_of``: that of its record, or that in the index."""
        found = self.row_of(text, row)
        return text if found is None else self.rows.id_of(found)

    def kind_of(self, row: int) -> CopyKind:
        """Return the kind of copy that a removed record is."""
        if self.exact[row]:
            return "exact"
        return "judged" if self.judged_copy[row] else "near"

    def match_of(self, row: int) -> dict[str, Any]:
        """Return why a record was removed: kind of copy, id of the witness, and similarity."""
        return {
            "kind": self.kind_of(row),
            "witness": self.id_of(self.witness[row], row),
            "similarity": round(float(self.similarity[row]), 6),
        }

    def compared_texts(self, row: int) -> tuple[str, str]:
        """Return the text of a removed record and the text of its witness, as they were compared.

        Only while the temporary files and the index of the run are open.
        """
        witness_row = self.row_of(self.witness[row], row)
        if witness_row is not None:
            return self.compared_text(row), self.compared_text(witness_row)
        assert self.index is not None
        entry = self.index.get(self.witness[row])
        return self.compared_text(row), entry.text or "" if entry else ""

    def compared_text(self, row: int) -> str:
        """Return the text of a record as it was compared; see ``compared_texts``."""
        return str(self._read(self.compared, row), "utf-8", "surrogatepass")

    def whole_text(self, row: int) -> bytes:
        """Return the text of a record in UTF-8 with the frame of its site, as judgements name it.

        Empty for a text that is not among the records, but in an index.
        """
        return self._read(self.rows.texts, row) if row < len(self.rows) else b""

    def _read(self, texts: PackedTexts | RecordTexts, row: int) -> bytes:
        self.rows.workspace.memory.trim()
        try:
            return texts.encoded(row) or b""
        except core.ChangedInputError as error:
            raise changed_input_error(self.rows.input_of(row).path) from error

    @property
    def actions(self) -> U8:
        """The action for each record, (n,): ``KEEP_RECORD`` and so on."""
        annotate = self.rows.job.options.annotate
        actions = np.full(len(self.rows), CHANGE_RECORD if annotate else KEEP_RECORD, np.uint8)
        if not annotate:
            actions[self.rows.changed_rows] = CHANGE_RECORD
            actions[self.removed] = REMOVE_RECORD
        actions[self.rows.bad] = SET_ASIDE
        return actions

    def texts(self, row: int) -> dict[str, str]:
        """Return the cleaned text of each field of a record."""
        self.rows.workspace.memory.trim()
        text = self.rows.texts.encoded(row) or b""
        sizes = self.rows.field_sizes[np.searchsorted(self.rows.changed_rows, row)]
        ends = np.cumsum(sizes + 1) - 1  # one byte separates two fields
        assert ends[-1] == len(text), "the fields are not the whole text"
        names = self.rows.job.options.text
        return {
            name: str(text[end - size : end], "utf-8", "surrogatepass")
            for name, end, size in zip(names, ends.tolist(), sizes.tolist(), strict=True)
        }

    def annotation(self, row: int) -> tuple[bool, Any, float | None]:
        """Return whether a record would be kept, the id of its witness, and the similarity.

        An update of an index is kept, even if it repeats another record.
        """
        removed = bool(self.removed[row])
        if not removed and (not self.by_index or self.witness[row] is None):
            return True, None, None
        match = self.match_of(row)
        return not removed, match["witness"], match["similarity"]


def decide(
    rows: RecordTable,
    sketches: list[Any],
    decisions: PairDecisions | None = None,
    compared: PackedTexts | None = None,
) -> Decisions:
    """Decide which records are copies of other records; references are always kept.

    Parameters
    ----------
    sketches
        The sketches of the texts, as ``read_records`` returned them.
    decisions
        Those of a person on pairs of texts.
    compared
        The texts without the frames of their sites; None to compare the texts as they are.
    """
    texts = rows.texts if compared is None else compared
    is_compared, judged = rows.job.options.across and len(rows) > 0, None
    with _changes_reported(rows):
        if decisions is not None:
            judged = _find_judged(rows, decisions)
        matches = Matches.none(len(rows))
        if is_compared:
            matches = _match(rows, texts, sketches, judged)
    removed = matches.repeats
    variants = np.flatnonzero(matches.numeric_variant != np.arange(len(rows)))
    judged_copy = np.zeros(len(rows), np.bool_)
    if judged is not None:
        judged_copy = judged.judged_copies(matches.representative, matches.witness)
    return Decisions(
        rows,
        texts,
        witness=matches.witness,
        similarity=matches.similarity,
        exact=matches.is_exact,
        judged_copy=judged_copy,
        removed=removed,
        variants={row: int(matches.numeric_variant[row]) for row in variants.tolist()},
        judged=judged,
    )


def _find_judged(rows: RecordTable, decisions: PairDecisions) -> JudgedRows:
    memory, texts = rows.workspace.memory, rows.texts

    def encoded(row: int) -> bytes | None:
        if row % TEXTS_PER_TRIM == 0:
            memory.trim()
        return texts.encoded(row)

    return JudgedRows.find(decisions, encoded, len(rows))


@contextmanager
def _changes_reported(rows: RecordTable) -> Iterator[None]:
    """Name the input in the error that a record has changed since it was read."""
    try:
        yield
    except core.ChangedInputError as error:
        name = rows.inputs[0].path if len(rows.inputs) == 1 else "one of the inputs"
        raise changed_input_error(name) from error


def _match(
    rows: RecordTable,
    texts: PackedTexts | RecordTexts,
    sketches: list[Any],
    judged: JudgedRows | None,
) -> Matches:
    config, options, memory = rows.job.config, rows.job.options, rows.workspace.memory
    references = rows.reference_count

    def order_of(counts: I64) -> I64:
        return _processing_order(counts, rows, options.keep)

    if isinstance(texts, PackedTexts):
        return match_texts(
            texts.utf8,
            texts.offsets,
            config,
            order_of=order_of,
            reference_count=references,
            threads=options.threads,
            sketches=sketches,
            judged=judged,
            memory=memory,
        )[0]
    return match_read_rows(
        ReadRows(texts.source, texts.offsets, config, memory),
        order_of,
        sketches,
        reference_count=references,
        threads=options.threads,
        judged=judged,
    )


def _processing_order(counts: I64, rows: RecordTable, keep: str) -> I64:
    """Return the rows in processing order: references first, then the preferred copies."""
    if ":" not in keep:
        order = PROCESSING_ORDERS[keep](counts)  # type: ignore[index]  # checked by the options
    else:
        order = order_of_ranks(rows.ranks, descending=keep.startswith("max:"))
    first: I64 = order[np.argsort(order >= rows.reference_count, kind="stable")]
    return first


def decide_by_index(rows: RecordTable, stack: ExitStack, staged: StagedFiles | None) -> Decisions:
    """Decide which records repeat texts of an index or earlier records; add the new ones to it.

    Parameters
    ----------
    stack
        Closes the index; after an error it rolls back what was added.
    staged
        The outputs: the additions are committed after the outputs are written and before they are
        moved to their targets. None without outputs: then nothing is added.
    """
    from dedup.index.index import Index  # noqa: PLC0415  slow to import, and most runs have none

    job = rows.job
    place = str(job.options.index)
    # Without outputs, a missing index is not created: an empty one in memory takes its place.
    is_missing = staged is None and not is_server(place) and not Path(place).exists()
    path, forget_after = None if is_missing else place, job.options.forget_after
    index = Index(path, job.index_config, forget_after=forget_after)
    stack.enter_context(index)
    transaction = stack.enter_context(ExitStack())
    transaction.enter_context(index.transaction(keep=staged is not None))
    if staged is not None:
        staged.before_moves = partial(_commit_index, transaction)
    readable = np.flatnonzero(~rows.bad)
    ids = None if rows.ids is None else [index_id(rows, row) for row in readable.tolist()]
    texts = rows.packed_texts if len(readable) == len(rows) else rows.packed_texts.take(readable)
    batch = xxhash.xxh3_128()  # a repeated run has the same batch name, and gets the same result
    for read in rows.inputs:
        batch.update(read.state.digest.encode())
    batch_name, progress = batch.hexdigest(), job.progress
    matches = index.add(texts, ids=ids, on_conflict="update", batch=batch_name, progress=progress)

    def for_all_rows(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        expanded = np.zeros(len(rows), values.dtype)
        expanded[readable] = values
        return expanded

    versions = zip(matches.ids, matches.supersedes, strict=True)
    numbers = readable.tolist()
    variants = {
        row: similar
        for row, similar in zip(numbers, matches.numeric_variant, strict=True)
        if similar is not None
    }
    named = {*matches.witness, *variants.values()}
    decided = zip(matches.ids, numbers, matches.keep.tolist(), strict=True)
    return Decisions(
        rows,
        rows.texts,
        witness=for_all_rows(np.array([*matches.witness], object)),
        similarity=for_all_rows(matches.similarity),
        exact=for_all_rows(matches.exact),
        judged_copy=np.zeros(len(rows), np.bool_),
        removed=for_all_rows(~matches.keep),
        variants=variants,
        index=index,
        rows_in_index={one: row for one, row, kept in decided if kept and one in named},
        superseded=tuple((old, new) for new, earlier in versions for old in earlier),
        updated=int(matches.updated.sum()),
    )


def _commit_index(transaction: ExitStack) -> None:
    """Commit the additions to an index."""
    try:
        transaction.close()
    except KeyboardInterrupt as interrupt:
        interrupt.add_note("the index may have the new records; run the same command again")
        raise


def index_id(rows: RecordTable, row: int) -> Id:
    """Return the id of a record in the index: its own, or a digest of its text."""
    record_id = rows.id_of(row) if rows.ids is not None and rows.ids.text(row) else None
    if record_id is None:
        return id_of_text(rows.packed_texts.encoded(row) or b"")
    if not is_id(record_id):
        read = rows.input_of(row)
        place = f"{read.path}: record {row - read.rows.start + 1:,}"
        rule = "must be a string or a whole number from -2**63 to 2**63 for an index"
        remedy = "write ids as strings, or choose another field with id="
        raise InputError(f"{place}: the id {rule}, got {record_id!r}; {remedy}")
    return record_id
