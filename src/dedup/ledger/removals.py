"""The ledger: what was removed from a text, and how to put it back."""

import json
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from operator import attrgetter
from typing import Any, get_args

import xxhash

from dedup.arrays.array_types import I64, Lines, MatchKind, Span
from dedup.arrays.packed import PackedTexts, check_text, to_utf8
from dedup.arrays.tabular import Tabular
from dedup.config import Config, field_types
from dedup.errors import LedgerError, RowError, TextTypeError
from dedup.text.blocks import SpanLocator

# A removed piece: its bytes, the row and the bytes of its witness, kind and similarity.
Piece = tuple[Span, int, Span, MatchKind, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """One removed piece of a document, and the piece that stands for it.

    Bytes are those of the text's UTF-8; a span is ``[start, stop)`` in the text as it was.
    """

    document: str
    bytes: Span
    lines: Lines
    kind: MatchKind
    similarity: float
    witness_bytes: Span
    witness_lines: Lines
    text: str
    original: str  # xxh3_128 of the whole text as it was, hexadecimal
    cleaned: str  # xxh3_128 of the whole cleaned text
    witness_document: str | None = None  # where the witness is, when it is in another document

    def to_json(self) -> str:
        """Return the removal as one line of JSON, without the line break."""
        fields = asdict(self)
        if self.witness_document is None:
            del fields["witness_document"]
        text = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
        # A lone surrogate has no UTF-8, and its escape in Python is that in JSON.
        return text.encode(errors="backslashreplace").decode()

    @classmethod
    def from_json(cls, line: str) -> "Removal":
        """Read one line of a ledger.

        Raises
        ------
        LedgerError
            When the line is not a removal; the message says what is wrong with it.
        """
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise LedgerError("not a ledger entry (it is not JSON)") from error
        if not isinstance(entry, dict):
            name = type(entry).__name__
            raise LedgerError(f"not a ledger entry (it is not a JSON object, but {name})")
        entry.setdefault("witness_document", None)
        kinds = field_types(Removal).items()
        try:
            removal = cls(**{name: _value(kind, entry[name]) for name, kind in kinds})
        except KeyError as error:
            raise LedgerError(f"not a ledger entry (it has no field {error})") from error
        except (ValueError, TypeError, OverflowError) as error:
            raise LedgerError(f"not a ledger entry ({error})") from error
        if removal.bytes.stop - removal.bytes.start != len(to_utf8(removal.text)):
            raise LedgerError("not a ledger entry (bytes and text differ in length)")
        return removal


def ledger_of(
    texts: PackedTexts,
    row: int,
    cleaned: str | None,
    removed: Sequence[Piece],
    document: str | None = None,
) -> tuple[Removal, ...]:
    """Return the ledger of one of many texts.

    Parameters
    ----------
    cleaned
        What is left of the text.
    document
        The name of the text, whose witnesses are all in itself; rows are the names when None.
    """
    if not removed:
        return ()
    original, left = digest(texts.text(row)), digest(cleaned or "")
    locator = cache(lambda number: SpanLocator(texts.text(number)))
    return tuple(
        Removal(
            document=str(row) if document is None else document,
            bytes=span,
            lines=locator(row).locate(span)[1],
            kind=kind,
            similarity=similarity,
            witness_bytes=witness_span,
            witness_lines=locator(witness_row).locate(witness_span)[1],
            text=locator(row).locate(span)[0],
            original=original,
            cleaned=left,
            witness_document=str(witness_row) if document is None else None,
        )
        for span, witness_row, witness_span, kind, similarity in removed
    )


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class CleanedTexts(Tabular):
    """Texts without some of their pieces, and an account of these.

    Attributes
    ----------
    texts
        (n,) the texts in input order, None where one is missing; those of which nothing was removed
        are unchanged.
    changed
        (c,) int64: the rows of the texts from which something was removed, ascending.
    config
        The settings that were used.
    """

    texts: Sequence[str | None]
    changed: I64
    config: Config
    _given: PackedTexts

    def __len__(self) -> int:
        """Return the number of texts."""
        return len(self.texts)

    def ledger(self, row: int) -> tuple[Removal, ...]:
        """Return an entry for each piece that was removed from a text, in their order.

        ``dedup.restore(result.texts[row], result.ledger(row))`` is the text as it was. The witness
        is in the text that ``witness_document`` names by its row.

        Raises
        ------
        RowError
            When there is no such row.
        """
        count = len(self)
        if row not in range(-count, count):
            known = f"in 0..{count - 1}" if count else "left out, as there are no rows"
            raise RowError(f"row must be {known}, got {row}")
        row %= count  # -1 is the last
        return ledger_of(self._given, row, self.texts[row], self._removed(row))

    @abstractmethod
    def _removed(self, row: int) -> list[Piece]:
        """Return the pieces that were removed from a text."""


def digest(text: str) -> str:
    """Return the xxh3_128 of a text's UTF-8, hexadecimal.

    Examples
    --------
    >>> digest("")
    '99aa06d3014798d86001c324468d497f'
    """
    return xxhash.xxh3_128_hexdigest(to_utf8(text))


def restore(cleaned: str, ledger: Iterable[Removal]) -> str:
    r"""Put the removed pieces back.

    Parameters
    ----------
    cleaned
        A cleaned text.
    ledger
        Its removals, in any order; those of other documents must be left out.

    Returns
    -------
    str
        The text as it was, checked by its digest.

    Raises
    ------
    TextTypeError
        When ``cleaned`` is not a ``str``, or ``ledger`` no iterable.
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
            raise TextTypeError(f"ledger must have removals, got {name}; pass result.ledger")
    removals.sort(key=attrgetter("bytes"))
    if not removals:
        return cleaned
    if {removal.cleaned for removal in removals} != {digest(cleaned)}:
        raise LedgerError("the ledger belongs to another text, or the text was changed since")
    data = b"".join(_woven(to_utf8(cleaned), removals))
    if removals[0].original != xxhash.xxh3_128_hexdigest(data):
        raise LedgerError("the ledger is incomplete: the text does not come back as it was")
    return data.decode("utf-8", "surrogatepass")


def _woven(kept: bytes, removals: Sequence[Removal]) -> Iterator[bytes]:
    taken = reached = 0  # bytes used of the cleaned text, bytes made of the original
    for removal in removals:
        gap = removal.bytes.start - reached
        if gap < 0 or taken + gap > len(kept):
            raise LedgerError(f"the ledger does not fit the text at byte {removal.bytes.start}")
        yield kept[taken : taken + gap]
        yield to_utf8(removal.text)
        taken += gap
        reached = removal.bytes.stop
    yield kept[taken:]


def _value(kind: Any, value: Any) -> Any:  # noqa: ANN401
    """Return a value of JSON as the type of its field has it."""
    if kind in (Span, Lines):
        if not isinstance(value, list):
            raise TypeError(f"unexpected {json.dumps(value)[:40]}")
        first, second = value
        return kind(_value(int, first), _value(int, second))
    if kind is MatchKind:
        if value not in get_args(MatchKind):
            raise ValueError(f"kind is {value!r}")
        return value
    known = (int, float) if kind is float else kind
    if not isinstance(value, known) or isinstance(value, bool):
        raise TypeError(f"unexpected {json.dumps(value)[:40]}")
    return float(value) if kind is float else value
