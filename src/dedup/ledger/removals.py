"""The ledger of a text: what was removed, which witness it repeats, and how to restore it."""

import json
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from operator import attrgetter
from types import NoneType
from typing import Any, Literal, NamedTuple, TypeVar, get_args, get_origin

import xxhash

from dedup.arrays.array_types import I64, Lines, MatchKind, Span
from dedup.arrays.packed import PackedTexts, check_text, to_utf8
from dedup.arrays.reportable import Reportable
from dedup.arrays.tabular import Tabular
from dedup.config import Config, field_types
from dedup.errors import LedgerError, RowError, TextTypeError
from dedup.text.blocks import SpanLocator

Entry = TypeVar("Entry")
OPTIONAL_FIELDS = "witness_document", "frame_of"  # of a removal; left out if they are None


class RemovedRange(NamedTuple):
    """A removed range of a text, and its witness."""

    bytes: Span
    witness_row: int
    witness_bytes: Span
    kind: MatchKind
    similarity: float
    frame_of: str | None = None  # as of ``Removal``


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """One removed block or span of a document, and its witness: the kept copy that it repeats.

    Attributes
    ----------
    document
        The name of the document.
    bytes, lines
        Where the removed text is in the original document: UTF-8 bytes ``[start, stop)``, and the
        first and last line, counted from 1.
    kind, similarity
        ``"exact"`` or ``"near"``, and the similarity to the witness.
    witness_bytes, witness_lines
        Where the witness is, in the original of its document.
    text
        The removed text.
    original, cleaned
        xxh3_128 digests of the whole document before and after cleaning, hexadecimal.
    witness_document
        The document of the witness, if it is another one.
    frame_of
        The site (or other source) whose frame the removed text is; None if it is not removed as
        one.
    """

    document: str
    bytes: Span
    lines: Lines
    kind: MatchKind
    similarity: float
    witness_bytes: Span
    witness_lines: Lines
    text: str
    original: str
    cleaned: str
    witness_document: str | None = None
    frame_of: str | None = None

    def to_json(self) -> str:
        """Return the removal as one line of JSON, without the line break."""
        fields = asdict(self)
        for name in OPTIONAL_FIELDS:
            if fields[name] is None:
                del fields[name]
        text = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
        # A lone surrogate cannot be encoded; its Python escape is valid JSON.
        return text.encode(errors="backslashreplace").decode()

    @classmethod
    def from_json(cls, line: str) -> "Removal":
        """Read one line of a ledger.

        Raises
        ------
        LedgerError
            When the line is not a removal; the message says why.
        """
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise LedgerError("not a ledger entry (not valid JSON)") from error
        if not isinstance(entry, dict):
            name = type(entry).__name__
            raise LedgerError(f"not a ledger entry (must be a JSON object, got {name})")
        entry = dict.fromkeys(OPTIONAL_FIELDS) | entry
        try:
            removal = read_fields(cls, entry)
        except KeyError as error:
            raise LedgerError(f"not a ledger entry (no field {error})") from error
        except (ValueError, TypeError, OverflowError) as error:
            raise LedgerError(f"not a ledger entry ({error})") from error
        if removal.bytes.stop - removal.bytes.start != len(to_utf8(removal.text)):
            raise LedgerError("not a ledger entry (bytes and text have different lengths)")
        return removal


def build_ledger(
    texts: PackedTexts,
    row: int,
    cleaned: str | None,
    removed: Sequence[RemovedRange],
    document: str | None = None,
) -> tuple[Removal, ...]:
    """Return the ledger of one row.

    Parameters
    ----------
    cleaned
        The cleaned text.
    removed
        The ranges that were removed, in their order.
    document
        The name of the text, if all witnesses are in it. When None, texts are named by their rows.
    """
    if not removed:
        return ()
    original, left = digest(texts.text(row)), digest(cleaned or "")
    locator = cache(lambda number: SpanLocator(texts.text(number)))
    return tuple(
        Removal(
            document=str(row) if document is None else document,
            bytes=part.bytes,
            lines=locator(row).locate(part.bytes)[1],
            kind=part.kind,
            similarity=part.similarity,
            witness_bytes=part.witness_bytes,
            witness_lines=locator(part.witness_row).locate(part.witness_bytes)[1],
            text=locator(row).locate(part.bytes)[0],
            original=original,
            cleaned=left,
            witness_document=str(part.witness_row) if document is None else None,
            frame_of=part.frame_of,
        )
        for part in removed
    )


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class CleanedTexts(Tabular, Reportable):
    """Texts from which blocks or spans were removed, with a ledger for each.

    Attributes
    ----------
    texts
        (n,) the cleaned texts in input order, None for a missing text.
    changed
        (c,) int64: the rows of the texts from which something was removed, ascending.
    config
        The settings that were used.
    """

    texts: Sequence[str | None]
    changed: I64
    config: Config
    _source_texts: PackedTexts

    def __len__(self) -> int:
        """Return the number of texts."""
        return len(self.texts)

    def ledger(self, row: int) -> tuple[Removal, ...]:
        """Return what was removed from one text: an entry for each block or span, in text order.

        ``dedup.restore(result.texts[row], result.ledger(row))`` is the original text. The witness
        is in the row that ``witness_document`` names.

        Raises
        ------
        RowError
            When the row is out of range.
        """
        count = len(self)
        if row not in range(-count, count):
            if not count:
                raise RowError(f"row must be a row of the result, which is empty, got {row}")
            raise RowError(f"row must be in 0..{count - 1}, got {row}")
        row %= count  # -1 is the last
        return build_ledger(self._source_texts, row, self.texts[row], self._removed(row))

    def source_bytes(self, row: int) -> bytes:
        """Return a text before cleaning in UTF-8; empty for a missing one."""
        return self._source_texts.encoded(row) or b""

    @abstractmethod
    def _removed(self, row: int) -> list[RemovedRange]:
        """Return the ranges that were removed from a text."""


def digest(text: str) -> str:
    """Return the xxh3_128 digest of the UTF-8 of a text, hexadecimal.

    Examples
    --------
    >>> digest("")
    '99aa06d3014798d86001c324468d497f'
    """
    return xxhash.xxh3_128_hexdigest(to_utf8(text))


def restore(cleaned: str, ledger: Iterable[Removal]) -> str:
    r"""Restore a text from its cleaned text and its ledger.

    Parameters
    ----------
    cleaned
        A cleaned text.
    ledger
        The removals of this text, in any order, without those of other documents.

    Returns
    -------
    str
        The original text, verified by its digest.

    Raises
    ------
    TextTypeError
        When ``cleaned`` is not a ``str``, or ``ledger`` has something other than removals.
    LedgerError
        When the ledger is incomplete, or belongs to another text.

    Examples
    --------
    >>> import dedup
    >>> text = "Twice the same line.\nTwice the same line.\n"
    >>> result = dedup.clean(text, min_tokens=4)
    >>> result.text == text, restore(result.text, result.ledger) == text
    (False, True)
    """
    check_text("cleaned", cleaned)
    found: object = ledger
    removals: list[Any] = list(ledger) if isinstance(found, Iterable) else [found]
    for wrong in removals:
        if not isinstance(wrong, Removal):
            name = type(wrong).__name__
            remedy = "use restore_dataset" if name == "RecordRemoval" else "pass result.ledger"
            raise TextTypeError(f"ledger must contain removals, got {name}; {remedy}")
    removals.sort(key=attrgetter("bytes"))
    if not removals:
        return cleaned
    if {removal.cleaned for removal in removals} != {digest(cleaned)}:
        raise LedgerError(
            "the ledger belongs to another text, or the text was edited after cleaning"
        )
    data = b"".join(_merge(to_utf8(cleaned), removals))
    if removals[0].original != xxhash.xxh3_128_hexdigest(data):
        raise LedgerError("the ledger is incomplete: it does not restore the original text")
    return data.decode("utf-8", "surrogatepass")


def _merge(kept: bytes, removals: Sequence[Removal]) -> Iterator[bytes]:
    taken = reached = 0  # bytes read of the cleaned text, bytes written of the original
    for removal in removals:
        gap = removal.bytes.start - reached
        if gap < 0 or taken + gap > len(kept):
            raise LedgerError(f"the ledger does not fit the text at byte {removal.bytes.start}")
        yield kept[taken : taken + gap]
        yield to_utf8(removal.text)
        taken += gap
        reached = removal.bytes.stop
    yield kept[taken:]


def read_fields(cls: type[Entry], values: Mapping[str, Any]) -> Entry:
    """Return a dataclass of JSON values, each converted to the type of its field.

    Raises
    ------
    KeyError, TypeError, ValueError, OverflowError
        When there is no value for a field, or it does not fit.
    """
    kinds: dict[str, Any] = field_types(cls)  # type: ignore[arg-type]  # a class is hashable
    return cls(**{name: _field_value(kind, values[name]) for name, kind in kinds.items()})


def _field_value(kind: Any, value: Any) -> Any:  # noqa: ANN401
    """Convert a JSON value to the type of its field."""
    if kind is Any:
        return value
    if NoneType in get_args(kind):
        return None if value is None else _field_value(get_args(kind)[0], value)
    if kind in (Span, Lines):
        if not isinstance(value, list):
            raise TypeError(f"unexpected {json.dumps(value)[:40]}")
        first, second = value
        return kind(_field_value(int, first), _field_value(int, second))
    if get_origin(kind) is Literal:
        if value not in get_args(kind):
            raise ValueError(f"unexpected {json.dumps(value)[:40]}")
        return value
    accepted_types = (int, float) if kind is float else kind
    if not isinstance(value, accepted_types) or isinstance(value, bool):
        raise TypeError(f"unexpected {json.dumps(value)[:40]}")
    return float(value) if kind is float else value
