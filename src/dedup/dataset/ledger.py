"""The ledger of a dataset: the bytes of all records that went or were changed, and why.

It is JSON lines: a head that says what the inputs were, a line for each record in their order, and
an end that says what the outputs are. Between two records of an input that are in it, the bytes of
the input are those of the output.
"""

import base64
from collections.abc import Callable
from typing import Any

from dedup.dataset.decisions import Decisions
from dedup.dataset.outputs import Shards, Written
from dedup.dataset.rows import Read, Rows
from dedup.io.jsonl import dumps

NAME, VERSION = "dedup records", 1


class Ledger:
    """Writes a ledger.

    Parameters
    ----------
    file
        Where it goes.
    name
        Returns what a record is called.
    """

    def __init__(
        self, file: Shards, rows: Rows, decisions: Decisions, name: Callable[[int], Any]
    ) -> None:
        self._file, self._rows, self._decisions, self._name = file, rows, decisions, name
        self._input = 0
        inputs = [_about(read) for read in rows.own]
        self._write({"ledger": NAME, "version": VERSION, "inputs": inputs})

    def add(self, row: int, start: int, record: bytes, written: int) -> None:
        """Write that a record went, or was changed.

        Parameters
        ----------
        start
            Where it begins in its input.
        written
            Bytes of what was written in its place.
        """
        while row not in self._rows.own[self._input].rows:
            self._input += 1
        number = row - self._rows.own[self._input].rows.start
        about: dict[str, Any] = {
            "input": self._input,
            "record": number,
            "byte": start,
            "written": written,
            "kind": "bad" if self._rows.bad[row] else "within",
        }
        if self._decisions.removed[row]:
            about |= {
                "kind": "exact" if self._decisions.exact[row] else "near",
                "witness": self._name(int(self._decisions.witness[row])),
                "similarity": round(float(self._decisions.similarity[row]), 6),
            }
        self._write(about | as_json(record))

    def end(self, outputs: list[Written]) -> None:
        """Write what the outputs are."""
        about = [
            {"path": str(file.path), "bytes": file.bytes, "head": file.head} for file in outputs
        ]
        self._write({"outputs": about})

    def _write(self, value: dict[str, Any]) -> None:
        self._file.write(dumps(value) + b"\n")


def _about(read: Read) -> dict[str, Any]:
    return {
        "path": str(read.path),
        "bytes": read.fingerprint.bytes,
        "xxh3_128": read.fingerprint.digest,
        "records": len(read.rows),
        **as_json(read.head),
    }


def as_json(raw: bytes) -> dict[str, str]:
    """Return bytes as a text where they are one, else in base64."""
    try:
        return {"raw": raw.decode("utf-8")}
    except UnicodeDecodeError:
        return {"raw_base64": base64.b64encode(raw).decode()}


def from_json(value: dict[str, Any]) -> bytes:
    r"""Return the bytes that ``as_json`` was given.

    Examples
    --------
    >>> from_json(as_json(b"ab")), from_json(as_json(b"\xff"))
    (b'ab', b'\xff')
    """
    if "raw" in value:
        return str(value["raw"]).encode("utf-8")
    return base64.b64decode(value["raw_base64"], validate=True)
