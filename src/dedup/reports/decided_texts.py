"""The decisions on the texts of a corpus, as a report reads them: from a result or from files."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dedup.arrays.array_types import F64, I64, Flags
from dedup.arrays.packed import pack, to_utf8
from dedup.config import Config
from dedup.datasets.decide_records import Decisions
from dedup.matching.dedup_result import DedupResult


@dataclass(frozen=True, slots=True)
class DecidedTexts:
    """The decisions on n texts.

    A witness is a row, or from n on another text that is not among the n, such as one of an index.
    """

    kept: Flags  # (n,)
    witness: I64  # (n,): of a removed row; of a kept row the row itself
    similarity: F64  # (n,): of a removed row to its witness
    exact: Flags  # (n,)
    judged_copy: Flags  # (n,): a person judged the row to be a copy of its witness
    variant: I64  # (n,): text that a kept row is similar to without being a copy; else the row
    config: Config
    name_of: Callable[[int], str]
    originals: Callable[[I64], list[Any]]  # some texts as compared: strings, tokens or None
    whole_text: Callable[[int], bytes]  # in UTF-8, with the frame that is not compared

    def __len__(self) -> int:
        """Return the number of texts."""
        return len(self.kept)

    @classmethod
    def of_result(cls, result: DedupResult) -> "DecidedTexts":
        """Return the decisions of ``deduplicate``."""
        ids = None if result.ids is None else list(result.ids)
        originals: Callable[[I64], list[Any]] = result.texts_at
        if result.frames is not None:
            packed = pack(result.texts_at(np.arange(len(result))))
            originals = result.frames.without_frames(packed).original_texts
        return cls(
            kept=result.keep,
            witness=result.witness,
            similarity=result.similarity.astype(np.float64),
            exact=result.exact,
            judged_copy=np.zeros(len(result), np.bool_),
            variant=result.numeric_variant,
            config=result.config,
            name_of=lambda row: f"row {row}" if ids is None else str(ids[row]),
            originals=originals,
            whole_text=lambda row: to_utf8(joined_tokens(result.texts_at([row])[0])),
        )

    @classmethod
    def of_records(cls, decisions: Decisions) -> "DecidedTexts":
        """Return the decisions on records of files."""
        rows = decisions.rows
        count = len(rows)
        numbering = _NumberedIds(decisions)
        witness, variant = np.arange(count), np.arange(count)
        for row in np.flatnonzero(decisions.removed).tolist():
            witness[row] = numbering.number_of(decisions.witness[row], row)
        for row, similar in decisions.variants.items():
            variant[row] = numbering.number_of(similar, row)

        def originals(chosen: I64) -> list[str]:
            return [decisions.compared_text(row) for row in chosen.tolist()]

        def name_of(row: int) -> str:
            return str(rows.id_of(row) if row < count else numbering.ids[row - count])

        return cls(
            kept=~decisions.removed & ~rows.bad,
            witness=witness,
            similarity=decisions.similarity.astype(np.float64),
            exact=decisions.exact,
            judged_copy=decisions.judged_copy,
            variant=variant,
            config=decisions.config,
            name_of=name_of,
            originals=originals,
            whole_text=decisions.whole_text,
        )

    def text_of(self, row: int) -> str | None:
        """Return a text, its tokens joined; None for one that is not among the n."""
        if row >= len(self):
            return None
        return joined_tokens(self.originals(np.array([row]))[0])

    @property
    def removed_rows(self) -> I64:
        """The removed rows, ascending."""
        return np.flatnonzero(self.witness != np.arange(len(self)))

    @property
    def variant_rows(self) -> I64:
        """The kept rows that are similar to another text without being a copy, ascending."""
        return np.flatnonzero(self.variant != np.arange(len(self)))


def joined_tokens(text: str | Sequence[str] | None) -> str:
    """Return a text as a string: its tokens joined, empty if it is missing."""
    return text if isinstance(text, str) else " ".join(text or ())


class _NumberedIds:
    """Numbers the witnesses of records: rows, and from ``count`` on texts of an index."""

    def __init__(self, decisions: Decisions) -> None:
        self.ids: list[Any] = []
        self._numbers: dict[Any, int] = {}
        self._decisions, self._count = decisions, len(decisions.rows)

    def number_of(self, witness: Any, row: int) -> int:  # noqa: ANN401  a row or an id
        found = self._decisions.row_of(witness, row)
        if found is not None:
            return found
        if witness not in self._numbers:
            self._numbers[witness] = self._count + len(self.ids)
            self.ids.append(witness)
        return self._numbers[witness]
