"""The entries of a ledger of records: whole records, and parts of their texts."""

import base64
import builtins
from dataclasses import dataclass, fields
from typing import Any, Literal, Self

from dedup.arrays.array_types import Lines, Span
from dedup.config import field_types
from dedup.errors import LedgerError
from dedup.ledger.removals import read_fields

RemovalKind = Literal["exact", "near", "judged", "bad", "unreadable"]
# The options that remove parts of texts from kept records.
PartOption = Literal["within", "blocks", "spans"]
RemovalOption = Literal["across", "index", "on_error", "within", "blocks", "spans"]
RECORD_PLACE = ("input", "record", "id")  # left out of a witness in the same record
LedgerEntry = dict[str, Any]  # a line of a ledger
UNREADABLE_FILE: RemovalKind = "unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """What a removed record or part repeats.

    Attributes
    ----------
    input, record
        The input, a number of ``Ledger.inputs``, and the number of the record in it, counted from
        1. None for a text of an earlier run, in an index.
    id
        The id of the record; None if records have no ids.
    bytes, lines
        Of a part: where the witness is in the original text of its field, as in ``RecordRemoval``.
        None for a whole record.
    """

    input: int | None = None
    record: int | None = None
    id: Any = None
    bytes: Span | None = None
    lines: Lines | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRemoval:
    """A removed record, or a removed part of the text of a kept record.

    Attributes
    ----------
    input, record
        The input, a number of ``Ledger.inputs``, and the number of the record in it, counted from
        1. The files of a folder are its records.
    id
        The id of the record, for a file of a folder its path; None if records have no ids.
    option
        The option that removed it. For a record: ``"across"`` (it repeats another one),
        ``"index"`` (it repeats a text of the index), ``"on_error"`` (it could not be read). For a
        part: ``"within"``, ``"blocks"``, ``"spans"``.
    kind
        ``"exact"`` or ``"near"``: a copy of the witness. ``"judged"``: a person judged the record
        to be a copy of the witness, whatever the similarity. ``"bad"``: the record could not be
        read. ``"unreadable"``: the file could not be opened, so it has no text here.
    field
        The field from whose text a part was removed; None for a record.
    bytes, lines
        Where it was. For a part: bytes ``[start, stop)`` of the UTF-8 of the original text of the
        field, and first and last line of that text, counted from 1. For a record: bytes and lines
        of the uncompressed input, with the separator before the record.
    text
        The removed text; for a record its bytes, decoded with ``surrogateescape``.
    similarity, witness
        The similarity to the witness, and the witness; None for a record that could not be read.
    frame_of
        Of a part that ``"blocks"`` removed as the frame of a site (or other source): its name.
    """

    input: int
    record: int
    id: Any = None
    option: RemovalOption
    kind: RemovalKind
    field: str | None = None
    bytes: Span
    lines: Lines
    text: str
    similarity: float | None = None
    witness: Witness | None = None
    frame_of: str | None = None

    @property
    def raw(self) -> builtins.bytes:
        """The removed bytes, for a record those of the input, for a part the UTF-8 of its text."""
        errors = "surrogateescape" if self.field is None else "surrogatepass"
        return self.text.encode("utf-8", errors)

    def to_entry(self) -> LedgerEntry:
        """Return the removal as a line of a ledger: without None, or the place of its own text."""
        entry = _json_fields(self)
        del entry["text"]
        if self.witness is not None:
            place = _json_fields(self.witness)
            if all(place.get(name) == entry.get(name) for name in RECORD_PLACE):
                place = {name: value for name, value in place.items() if name not in RECORD_PLACE}
            entry["witness"] = place
        return entry | ({"text": self.text} if self.field else encode_bytes(self.raw))

    @classmethod
    def from_entry(cls, entry: LedgerEntry) -> Self:
        """Read a line of a ledger.

        Raises
        ------
        LedgerError
            When the line is not a removal; the message says why.
        """
        values = dict.fromkeys(("id", "field", "similarity", "witness", "frame_of")) | entry
        if "text" not in entry:
            values["text"] = decode_bytes(entry).decode("utf-8", "surrogateescape")
        try:
            if (witness := values["witness"]) is not None:
                same_record = {name: values[name] for name in RECORD_PLACE}
                if not witness.keys() & same_record.keys():
                    witness = same_record | witness
                witness = dict.fromkeys(field_types(Witness)) | witness
                values["witness"] = read_fields(Witness, witness)
            removal = read_fields(cls, values)
        except KeyError as error:
            raise LedgerError(f"not a ledger entry (no field {error})") from error
        except (ValueError, TypeError, OverflowError, AttributeError) as error:
            raise LedgerError(f"not a ledger entry ({error})") from error
        if removal.bytes.stop - removal.bytes.start != len(removal.raw):
            raise LedgerError("not a ledger entry (bytes and text have different lengths)")
        return removal


def _json_fields(value: RecordRemoval | Witness) -> LedgerEntry:
    """Return the fields that are not None; ranges as lists."""
    values = ((item.name, getattr(value, item.name)) for item in fields(value))
    return {
        name: [*content] if isinstance(content, (Span, Lines)) else content
        for name, content in values
        if content is not None
    }


def encode_bytes(raw: bytes) -> LedgerEntry:
    """Return bytes as JSON: as a string if they are UTF-8, else in base64."""
    try:
        return {"raw": raw.decode("utf-8")}
    except UnicodeDecodeError:
        return {"raw_base64": base64.b64encode(raw).decode()}


def decode_bytes(entry: LedgerEntry) -> bytes:
    r"""Return the bytes that ``encode_bytes`` encoded.

    Raises
    ------
    LedgerError
        When an entry has none.

    Examples
    --------
    >>> decode_bytes(encode_bytes(b"ab")), decode_bytes(encode_bytes(b"\xff"))
    (b'ab', b'\xff')
    """
    try:
        if "raw" in entry:
            return str(entry["raw"]).encode("utf-8")
        return base64.b64decode(entry["raw_base64"], validate=True)
    except KeyError as error:
        raise LedgerError("not a ledger entry (no field 'raw')") from error
    except (ValueError, TypeError) as error:
        raise LedgerError(f"not a ledger entry (raw: {error})") from error
