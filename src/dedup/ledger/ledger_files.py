"""Ledger files: JSON lines, one for each removal; those of single texts are written here."""

from collections.abc import Iterable
from io import BytesIO
from pathlib import Path

from dedup.errors import LedgerError
from dedup.files.compression import Compression, compression_from_name, open_compressed
from dedup.files.location import Location, as_location
from dedup.files.staged import StagedFiles
from dedup.ledger.ledger_lines import (
    LEDGER_REMEDY,
    RECORDS_LEDGER,
    is_of_records,
    read_entries,
    read_lines,
)
from dedup.ledger.ledger_table import Ledger, LedgerInput
from dedup.ledger.record_removals import LedgerEntry, RecordRemoval
from dedup.ledger.removals import Removal, digest


def write_ledger(path: str | Path, removals: Iterable[Removal]) -> None:
    r"""Write a ledger atomically: the complete file, or after an error none.

    Parameters
    ----------
    path
        The file; an existing one is replaced. Its suffix chooses its compression: ``.gz``,
        ``.zst``, ``.bz2``, ``.xz``, ``.lz4`` or none.
    removals
        The ``ledger`` of a ``CleanedDocument``, or of several, one after the other.

    Raises
    ------
    OutputError
        When the file cannot be written.
    MissingLibraryError
        When the library of the compression is not installed.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> import dedup
    >>> result = dedup.clean("Twice the same line.\n" * 2, document="a.txt", min_tokens=4)
    >>> with TemporaryDirectory() as folder:
    ...     write_ledger(f"{folder}/removed.jsonl", result.ledger)
    ...     dedup.restore(result.text, read_ledger(f"{folder}/removed.jsonl"))
    'Twice the same line.\nTwice the same line.\n'
    """
    location = as_location(path)
    with StagedFiles() as staged:
        staged.add(location, ledger_bytes(removals, compression_from_name(location)))


def ledger_bytes(removals: Iterable[Removal], compression: Compression) -> bytes:
    """Return the content of a ledger file."""
    content = BytesIO()
    file = open_compressed(content, compression, "wb")
    file.writelines(f"{removal.to_json()}\n".encode() for removal in removals)
    if compression != "none":
        file.close()
    return content.getvalue()


def read_ledger(path: str | Location) -> Ledger:
    r"""Read a ledger: of single texts, of files of records, or of a folder.

    Parameters
    ----------
    path
        The file that ``--ledger``, ``ledger=`` or ``write_ledger`` wrote. It may be compressed.

    Returns
    -------
    Ledger
        The removals in the order of the file.

    Raises
    ------
    InputError
        When the file cannot be read.
    LedgerError
        When a line is not a ledger entry, or another version of the package wrote it; the message
        names the file and the line.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> import dedup
    >>> with TemporaryDirectory() as folder:
    ...     news, clean, removed = (Path(folder, name) for name in ("in.jsonl", "out.jsonl", "led"))
    ...     _ = news.write_text('{"text": "The same story."}\n' * 2)
    ...     _ = dedup.clean_dataset(news, clean, ledger=removed)
    ...     ledger = read_ledger(removed)
    >>> ledger[0].record, ledger[0].kind, ledger[0].witness.record, ledger[0].text
    (2, 'exact', 1, '{"text": "The same story."}\n')
    >>> ledger.to_arrow().column("witness_record").to_pylist()
    [1]
    """
    location = as_location(path)
    if not is_of_records(location):
        return Ledger(tuple(read_removals(location)))
    try:
        return _read_records(location)
    except LedgerError as error:
        raise LedgerError(f"{path} {error}") from error


def _read_records(path: Location) -> Ledger:
    """Read a ledger of records or of a folder; errors do not name the file."""
    lines = read_entries(path)
    head, last, removals = next(lines), LedgerEntry(), list[RecordRemoval]()
    for number, last in enumerate(lines, start=2):
        if "kind" not in last:
            continue
        try:
            removals.append(RecordRemoval.from_entry(last))
        except LedgerError as error:
            raise LedgerError(f"is damaged: line {number}: {error}; {LEDGER_REMEDY}") from error
    if head["ledger"] == RECORDS_LEDGER and "outputs" not in last:
        raise LedgerError(f"is cut off; {LEDGER_REMEDY}")
    return Ledger(tuple(removals), _inputs_of(head))


def _inputs_of(head: LedgerEntry) -> tuple[LedgerInput, ...]:
    """Return the inputs and the references in the first line of a ledger of records."""
    try:
        return tuple(
            LedgerInput(
                path=str(entry["path"]),
                records=int(entry["records"]),
                bytes=None if is_reference else int(entry["bytes"]),
                is_reference=is_reference,
            )
            for name, is_reference in (("inputs", False), ("references", True))
            for entry in head[name]
        )
    except (KeyError, TypeError, ValueError) as error:
        raise LedgerError(f"is damaged ({error!r}); {LEDGER_REMEDY}") from error


def read_removals(path: str | Location) -> list[Removal]:
    """Read a ledger of single texts.

    Raises
    ------
    InputError
        When the file cannot be read.
    LedgerError
        When a line is not a ledger entry; the message names the file and the line.
    """
    removals = []
    for number, line in enumerate(read_lines(as_location(path)), start=1):
        if not line.strip():
            continue
        try:
            removals.append(Removal.from_json(line.decode()))
        except (LedgerError, UnicodeDecodeError) as error:
            reason = (
                error if isinstance(error, LedgerError) else "not a ledger entry (not valid UTF-8)"
            )
            raise LedgerError(f"{path}: line {number}: {reason}; {LEDGER_REMEDY}") from error
    return removals


def removals_for_text(
    cleaned: str, ledger: Iterable[Removal], name: str, *, only_text: bool = True
) -> list[Removal]:
    """Return the removals of one text from a ledger of any number of texts.

    Parameters
    ----------
    cleaned
        The cleaned text. Its digest must be that of a document in the ledger.
    ledger
        The removals of any number of documents.
    name
        The path of the text. The document in the ledger must have this path or this file name, so
        that another document with the same cleaned text is not mistaken for it.
    only_text
        Whether only this text is restored from the ledger. Then the file may have been renamed:
        the digest alone identifies the document.

    Returns
    -------
    list of Removal
        Empty when the ledger has no document of that name.

    Raises
    ------
    LedgerError
        When the text was edited after cleaning, or several documents match.
    """
    has_name, cleaned_digest = False, digest(cleaned)
    matching: dict[str, list[Removal]] = {}  # by document
    # A document that was cleaned twice into one ledger has each removal twice.
    for removal in dict.fromkeys(ledger):
        if only_text or Path(removal.document).name == Path(name).name:
            has_name = True
            if removal.cleaned == cleaned_digest:
                matching.setdefault(removal.document, []).append(removal)
    if has_name and not matching:
        raise LedgerError(
            f"{'standard input' if name == '-' else name} does not match the ledger: it was edited "
            "after cleaning, or the ledger belongs to another text"
        )
    if len({removals[0].original for removals in matching.values()}) > 1 and name not in matching:
        documents = ", ".join(sorted(matching))
        raise LedgerError(
            f"{name} matches several documents of the ledger ({documents}); rename it to one"
        )
    return matching.get(name) or next(iter(matching.values()), [])
