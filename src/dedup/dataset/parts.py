"""What is known of the records of one input, as it is kept on the disk until all is done."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from dedup.dataset.rows import Read, Rows
from dedup.io.source import Fingerprint
from dedup.io.spool import Spool
from dedup.records import F64, I64, Flags


@dataclass(frozen=True, slots=True)
class Part:
    """The records of one input; rows are numbered from 0 here."""

    path: str
    fingerprint: Fingerprint
    head: bytes
    tail: bytes
    digests: tuple[str, str]  # of the texts and names in their spools
    ends: I64  # (n,): of records, in the bytes of the input
    text_ends: I64  # (n,): of texts, in the spool
    missing: Flags  # (n,): has no text
    bad: I64  # the rows that cannot be read
    fixed: I64  # the rows whose texts cannot be changed
    edited: I64  # (m,): the rows from whose texts blocks were removed
    field_sizes: I64  # (m, fields): bytes of the text of each field, with one between two
    blocks: I64  # (m,): how many
    ranks: F64  # (n,), or empty where nothing ranks them
    name_ends: I64  # (n,): of names, in their spool, or empty

    def save(self, path: Path) -> None:
        """Write it to a file, which is there whole or not at all."""
        about: dict[str, Any] = {"path": self.path, "bytes": self.fingerprint.bytes}
        about |= {"digest": self.fingerprint.digest, "head": self.head.hex()}
        about["tail"] = self.tail.hex()
        about["digests"] = self.digests
        arrays = {name: getattr(self, name) for name in _ARRAYS}
        staged = path.with_suffix(".tmp")
        with staged.open("wb") as file:
            np.savez(file, about=np.array(json.dumps(about)), **arrays)
        staged.replace(path)

    @classmethod
    def load(cls, path: Path) -> "Part":
        """Read what ``save`` wrote."""
        with path.open("rb") as file, np.load(file) as saved:
            about = json.loads(str(saved["about"]))
            arrays = {name: saved[name] for name in _ARRAYS}
        fingerprint = Fingerprint(about["bytes"], about["digest"])
        head, tail = bytes.fromhex(about["head"]), bytes.fromhex(about["tail"])
        return cls(about["path"], fingerprint, head, tail, tuple(about["digests"]), **arrays)


_ARRAYS = [item.name for item in fields(Part)][5:]


def known_parts(parts: Sequence[Part], texts: Spool, names: Spool) -> list[Part]:
    """Return the parts whose texts and names are in the spools as they were, and take those up."""
    known: list[Part] = []
    for part in parts:
        ends = (part.text_ends, part.name_ends)
        if not all(
            spool.goes_on(int(end[-1]) if len(end) else spool.size, digest)
            for spool, end, digest in zip((texts, names), ends, part.digests, strict=True)
        ):
            break
        known.append(part)
    return known


def rows_of(parts: Sequence[Part], references: int, texts: Spool, names: Spool) -> Rows:
    """Return the records of all inputs; so many of the first inputs are references."""
    firsts = np.cumsum([0, *(len(part.ends) for part in parts)]).tolist()
    missing = end_to_end([part.missing for part in parts], np.bool_)
    bad, fixed = np.zeros((2, firsts[-1]), np.bool_)
    for part, first in zip(parts, firsts, strict=False):
        bad[part.bad + first] = True
        fixed[part.fixed + first] = True
    blocks = end_to_end([part.blocks for part in parts], np.int64)
    none = np.zeros_like(blocks)
    edited = [part.edited + first for part, first in zip(parts, firsts, strict=False)]
    name_ends = end_to_end(_name_ends(parts), np.int64)
    # References have none: they are first anyway.
    ranks = end_to_end([_ranks(part) for part in parts], np.float64)
    return Rows(
        inputs=[
            Read(
                Path(part.path),
                part.fingerprint,
                part.head,
                part.tail,
                range(first, first + len(part.ends)),
            )
            for part, first in zip(parts, firsts, strict=False)
        ],
        references=references,
        ends=end_to_end([part.ends for part in parts], np.int64),
        texts=texts.packed(_offsets([part.text_ends for part in parts]), missing),
        bad=bad,
        fixed=fixed,
        edited=end_to_end(edited, np.int64),
        field_sizes=np.concatenate([part.field_sizes for part in parts]),
        took={"within": blocks, "blocks": none, "spans": none},
        ranks=ranks,
        names=names.packed(_offsets([name_ends]), missing) if len(name_ends) else None,
    )


def _name_ends(parts: Sequence[Part]) -> list[I64]:
    """Return where names end; those of inputs without any are empty where others have some."""
    ends: list[I64] = []
    for part in parts:
        last = ends[-1][-1:] if ends else np.zeros(1, np.int64)
        ends.append(part.name_ends if len(part.name_ends) else np.repeat(last, len(part.ends)))
    return ends if any(len(part.name_ends) for part in parts) else []


def _ranks(part: Part) -> F64:
    return part.ranks if len(part.ranks) else np.zeros(len(part.ends))


def end_to_end(arrays: Sequence[Any], dtype: type) -> Any:  # noqa: ANN401  an array of that type
    """Join arrays, of which there may be none."""
    return np.concatenate([np.zeros(0, dtype), *arrays])


def _offsets(ends: Sequence[I64]) -> I64:
    return np.concatenate([np.zeros(1, np.int64), *ends])
