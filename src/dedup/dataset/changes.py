"""Records that are written otherwise than they were read."""

import json
from typing import Any

import numpy as np

from dedup.dataset.decisions import Decisions
from dedup.dataset.rows import Rows
from dedup.io.records import RecordFormat

ANNOTATIONS = ("dedup_keep", "dedup_witness", "dedup_similarity")


class Changes:
    """Changes records: takes blocks out of their texts, or adds what was found out about them.

    Parameters
    ----------
    fields
        The fields whose texts were compared.
    """

    def __init__(
        self, form: RecordFormat, rows: Rows, decisions: Decisions, fields: tuple[str, ...]
    ) -> None:
        self._form, self._rows, self._decisions, self._fields = form, rows, decisions, fields

    def without_repeats(self, row: int, record: bytes) -> bytes:
        """Return a record with the cleaned texts of its row."""
        place = int(np.searchsorted(self._rows.edited, row))
        begin, end = self._rows.texts.offsets[row : row + 2].tolist()
        texts, start = {}, begin
        for field, size in zip(self._fields, self._rows.field_sizes[place].tolist(), strict=True):
            utf8 = self._rows.texts.utf8[start : start + size].data
            texts[field] = str(utf8, "utf-8", "surrogatepass")
            start += size + 1  # what stands between two fields
        assert start == end + 1, "the fields are not the whole text"
        return self._form.with_texts(record, texts)

    def annotated_head(self, head: bytes) -> bytes:
        """Return the head of an input whose records are annotated."""
        return self._form.with_names(head, ANNOTATIONS)

    def annotated(self, row: int, record: bytes) -> bytes:
        """Return a record that says whether it would stay, and of what it is a copy."""
        removed = bool(self._decisions.removed[row])
        witness, similarity = self._decisions.witness[row], self._decisions.similarity[row]
        found = (
            not removed,
            self.name(int(witness)) if removed else None,
            round(float(similarity), 6) if removed else None,
        )
        return self._form.with_fields(record, dict(zip(ANNOTATIONS, found, strict=True)))

    def name(self, row: int) -> Any:  # noqa: ANN401
        """Return what a record is called: by its name, or by its number from 0.

        Of a reference without names its input is said, and its number there from 1.
        """
        if self._rows.names is not None:
            return json.loads(self._rows.names.text(row))
        if row >= self._rows.given:
            return row - self._rows.given
        read = next(read for read in self._rows.inputs if row in read.rows)
        return f"{read.path}:{row - read.rows.start + 1}"
