"""Ledgers as files: one JSON line a removal."""

from collections.abc import Iterable
from pathlib import Path

from dedup.errors import LedgerError
from dedup.files.decoding import read_bytes
from dedup.files.staged import StagedFiles
from dedup.ledger.removals import Removal, digest

REMEDY = "give the file that --ledger wrote, as it was"


def write_ledger(path: str | Path, removals: Iterable[Removal]) -> None:
    """Write a ledger; the file appears whole or not at all.

    Parameters
    ----------
    path
        The file; one that exists is replaced.
    removals
        As ``CleanedDocument.ledger`` gives them; those of several documents may follow
        one another.

    Raises
    ------
    OutputError
        When the file cannot be written.
    """
    with StagedFiles() as staged:
        staged.add(Path(path), ledger_bytes(removals))


def ledger_bytes(removals: Iterable[Removal]) -> bytes:
    """Return a ledger as the bytes of its file."""
    return "".join(removal.to_json() + "\n" for removal in removals).encode()


def read_ledger(path: str | Path) -> list[Removal]:
    """Read a ledger.

    Raises
    ------
    InputError
        When the file cannot be read.
    LedgerError
        When a line is not a removal; the message names the file and the line.
    """
    removals = []
    for number, line in enumerate(read_bytes(Path(path)).split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            removals.append(Removal.from_json(line.decode()))
        except (LedgerError, UnicodeDecodeError) as error:
            reason = error if isinstance(error, LedgerError) else "not a ledger entry (no UTF-8)"
            raise LedgerError(f"{path}: line {number}: {reason}; {REMEDY}") from error
    return removals


def removals_of(
    cleaned: str, ledger: Iterable[Removal], name: str, *, alone: bool = True
) -> list[Removal]:
    """Return the removals of a ledger that were made from one text.

    Parameters
    ----------
    cleaned
        The cleaned text; its digest must be that of the document.
    ledger
        The removals of any number of documents.
    name
        The text's file. Its document has this path, or at least this file name; another
        document that is the same text by now is not it.
    alone
        Whether no other text is restored from the ledger: then the text may have been
        renamed, and its digest alone tells which document it is.

    Returns
    -------
    list of Removal
        Empty when the ledger knows no document of that name.

    Raises
    ------
    LedgerError
        When the text was changed since, or it is not clear which document it is.
    """
    known, sought = False, digest(cleaned)
    matching: dict[str, list[Removal]] = {}
    # A document that was cleaned twice into one ledger is in it twice.
    for removal in dict.fromkeys(ledger):
        if alone or Path(removal.document).name == Path(name).name:
            known = True
            if removal.cleaned == sought:
                matching.setdefault(removal.document, []).append(removal)
    if known and not matching:
        raise LedgerError(
            f"{'standard input' if name == '-' else name}: does not match the ledger: the text was "
            "edited after cleaning, or the ledger belongs to another text"
        )
    if len({removals[0].original for removals in matching.values()}) > 1 and name not in matching:
        called = ", ".join(sorted(matching))
        raise LedgerError(f"{name}: is {called} in the ledger; rename the file to one of these")
    return matching.get(name) or next(iter(matching.values()), [])
