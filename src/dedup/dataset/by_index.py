"""Which records are new to an index: those of this run are added to it."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import xxhash

from dedup.dataset.decisions import Decisions
from dedup.dataset.job import Job
from dedup.dataset.rows import Rows
from dedup.errors import ConfigError, InputError, OutputError, StoreError
from dedup.index.index import Index
from dedup.index.result import IndexMatches, IndexStats
from dedup.index.stores.opening import is_server
from dedup.index.stores.protocol import Id
from dedup.index.validate import is_id, name_of_text
from dedup.io.staged import StagedFiles
from dedup.io.text import STDIN


def check_index(job: Job, *, keyed: bool) -> None:
    """Refuse an index that cannot be used, or that would be lost, before anything is read.

    Parameters
    ----------
    keyed
        Whether the records have ids of their own.

    Raises
    ------
    StoreError
        When it cannot be opened, or is something else.
    ConfigError
        When it has ids of the other kind: the same records would be copies of themselves.
    OutputError
        When it is an input, or an output.
    """
    place = job.options.index
    if place is None:
        return
    if is_server(place) or Path(place).exists():
        with Index(place, job.index_config) as index:
            _check_ids(place, index.stats(), keyed=keyed)
    elif not Path(place).parent.is_dir():
        raise StoreError(f"{place} cannot be made: there is no folder {Path(place).parent}")
    own = {os.path.realpath(file) for file in job.options.index_files}
    target = [Path(job.place.target)] if job.place and job.place.target else []
    for file in (*job.inputs, *target, *job.beside):
        if file != STDIN and os.path.realpath(file) in own:
            raise OutputError(f"{file} belongs to the index and would be overwritten; name another")


def _check_ids(place: str, stats: IndexStats, *, keyed: bool) -> None:
    if stats.keyed in (None, keyed):
        return
    made, gives, remedy = "with", "none", "give --id-key"
    if keyed:
        made, gives, remedy = "without", "some", "leave --id-key out"
    raise ConfigError.of(
        "index",
        f"{place} was made {made} ids of the records, and this run gives {gives}: {remedy}, or "
        "name another index",
    )


def decide_by_index(
    rows: Rows, job: Job, stack: ExitStack, staged: StagedFiles | None
) -> Decisions:
    """Find the records that repeat what an index has, or earlier ones; add the others.

    Parameters
    ----------
    stack
        Closes the index, and undoes after an error what was added.
    staged
        The outputs: once they are written, and before they appear, what was added is there. None
        where there are none, and then nothing is added.
    """
    assert job.options.index is not None
    place = job.options.index
    looks = staged is None and not is_server(place) and not Path(place).exists()
    # To look makes no file.
    index = Index(None if looks else place, job.index_config, forget_after=job.options.forget_after)
    stack.enter_context(index)
    transaction = stack.enter_context(ExitStack())
    transaction.enter_context(index.transaction(keep=staged is not None))
    if staged is not None:
        staged.before_moves = transaction.close
    own = np.flatnonzero(~rows.bad)
    names = None if rows.names is None else [_id_of(rows, row) for row in own.tolist()]
    texts = rows.texts if len(own) == len(rows) else rows.texts.only(own)
    matches = index.add(texts, ids=names, on_conflict="update", batch=_batch_of(rows))
    similarity, removed = np.zeros(len(rows)), np.zeros(len(rows), np.bool_)
    exact = removed.copy()
    similarity[own], removed[own], exact[own] = matches.similarity, ~matches.keep, matches.exact
    witnesses = zip(own.tolist(), matches.witness, strict=True)
    known_as = {row: of for row, of in witnesses if of is not None}
    superseded = tuple(_superseded(matches))
    similar = zip(own.tolist(), matches.numeric_variant, strict=True)
    return Decisions(
        np.arange(len(rows)),
        similarity,
        exact,
        removed,
        known_as,
        superseded,
        int(matches.updated.sum()),
        {row: of for row, of in similar if of is not None},
    )


def _superseded(matches: IndexMatches) -> Iterator[tuple[Id, Id]]:
    for name, earlier in zip(matches.ids, matches.supersedes, strict=True):
        assert name is not None, "a record of the index has an id"
        yield from ((old, name) for old in earlier)


def _id_of(rows: Rows, row: int) -> Id:
    """Return what a record is called in the index: by a digest of its text where it has no name."""
    given = rows.name(row) if rows.names is not None and rows.names.text(row) else None
    if given is None:
        return name_of_text(rows.texts.encoded(row) or b"")
    if not is_id(given):
        read = next(read for read in rows.inputs if row in read.rows)
        raise InputError(
            f"{read.path}: record {row - read.rows.start + 1:,}: its id must be a string or a "
            f"whole number for an index, got {given!r}"
        )
    return given


def _batch_of(rows: Rows) -> str:
    """Return what this run is called: a digest of what it reads."""
    digest = xxhash.xxh3_128()
    for read in rows.inputs:
        digest.update(read.fingerprint.digest.encode())
    return digest.hexdigest()
