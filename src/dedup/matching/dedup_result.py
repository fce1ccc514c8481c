"""The result of ``deduplicate``: which rows are kept, and which kept row each other one repeats."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from dedup.arrays.array_types import F32, I64, Flags
from dedup.arrays.long_arrays import distinct
from dedup.arrays.packed import OriginalTexts, PackedTexts
from dedup.arrays.reportable import Reportable
from dedup.arrays.tabular import Tabular
from dedup.config import Config
from dedup.matching.page_frames import PageFrames
from dedup.text.wording import format_copies, format_count, format_frames, format_variants


@dataclass(frozen=True, eq=False)
class DedupResult(Tabular, Reportable):
    """The rows of a column: kept, or removed as a copy of a kept row.

    ``to_arrow``, ``to_pandas`` and ``to_polars`` return a table with the columns ``id`` (if there
    are ids), ``keep``, ``witness`` (row numbers), ``witness_id`` (if there are ids),
    ``similarity``, ``exact``, ``numeric_variant`` and ``cluster``.

    Attributes
    ----------
    keep
        (n,) bool: which rows are kept.
    witness
        (n,) int64: the kept row of which a removed row is a copy; for a kept row its own number.
    similarity
        (n,) float32: the exact similarity of a removed row to its witness, 0 for a kept row. It is
        rounded to float32, so compare it with ``numpy.float32(threshold)``.
    exact
        (n,) bool: which rows are removed as exact copies: they have the tokens of their witness
        and, unless ``numeric_variants`` is ``"remove"``, its numbers.
    numeric_variant
        (n,) int64: the kept row that a kept row is similar to, without being a copy: the numbers
        differ, the row is too short to decide, its shingles are scattered over a text of ten times
        its bytes (see ``Config.numeric_variants``), or both are pages that share only short lines
        (see ``Config.page_variants``). For other rows the row's own number.
    tokenless
        (n,) bool: which rows have no token, such as None and the empty text. They are kept.
    order
        (n,) int64: the rows in processing order.
    config
        The settings that were used.
    ids
        (n,): the ids of the rows; None if none were passed.
    frames
        The frames without which texts were compared: ``.listed`` are their most frequent lines,
        ``.byte_share`` is their share of the text. None without ``source``.
    """

    keep: Flags
    witness: I64
    similarity: F32
    exact: Flags
    numeric_variant: I64
    tokenless: Flags
    order: I64
    config: Config
    ids: Sequence[Any] | npt.NDArray[Any] | None
    frames: PageFrames | None
    _texts: PackedTexts | OriginalTexts

    def __len__(self) -> int:
        """Return the number of rows, kept and removed."""
        return len(self.keep)

    @property
    def selected(self) -> list[Any]:
        """The kept texts in input order, as passed, which are strings, lists of tokens or None."""
        return self._texts.original_texts(np.flatnonzero(self.keep))

    @property
    def removed(self) -> list[Any]:
        """The removed texts in input order, strings or lists of tokens."""
        return self._texts.original_texts(np.flatnonzero(~self.keep))

    def texts_at(self, rows: npt.ArrayLike) -> list[Any]:
        """Return the texts of some rows, as passed: strings, lists of tokens, or None.

        Examples
        --------
        >>> from dedup import deduplicate
        >>> deduplicate(["One story.", "One story!", "Another."]).texts_at([2, 0])
        ['Another.', 'One story.']
        """
        return self._texts.original_texts(np.asarray(rows, np.int64))

    @property
    def duplicate_ratio(self) -> float:
        """The share of the rows that is removed; 0 if there are no rows."""
        return int((~self.keep).sum()) / max(len(self), 1)

    @property
    def cluster(self) -> list[Any]:
        """(n,) the id of the kept row of the cluster of each row; without ids its row number."""
        return self._named(self.witness)

    @property
    def witness_ids(self) -> list[Any]:
        """(n,) the id of the witness of each removed row, None for a kept row.

        Without ids, row numbers.

        Examples
        --------
        >>> from dedup import deduplicate
        >>> deduplicate(["One story.", "One story!", "Another."], ids=["a", "b", "c"]).witness_ids
        [None, 'a', None]
        """
        named = zip(self.keep.tolist(), self.cluster, strict=True)
        return [None if keep else name for keep, name in named]

    def _named(self, rows: I64) -> list[Any]:
        """Return the ids of rows, or their numbers without ids."""
        if self.ids is None:
            return list(rows.tolist())
        # From a list: a pandas.Series would look up its labels, not row numbers.
        ids = self.ids.tolist() if isinstance(self.ids, np.ndarray) else list(self.ids)
        return [ids[row] for row in rows.tolist()]

    def clusters(self) -> list[list[Any]]:
        """Return the clusters, as ids or, without ids, row numbers.

        Returns
        -------
        list of list
            For each kept row that has copies: the kept row, then its copies in input order.
            Ordered by kept row; rows without copies are left out.
        """
        copies = np.flatnonzero(~self.keep)
        rows = np.concatenate((distinct(self.witness[copies]), copies))
        rows = rows[np.argsort(self.witness[rows], kind="stable")]
        starts = np.flatnonzero(self.keep[rows])
        members = self._named(rows)
        return [members[start:stop] for start, stop in pairwise([*starts.tolist(), len(rows)])]

    @property
    def _columns(self) -> dict[str, object]:
        columns = {
            name: getattr(self, name)
            for name in ("keep", "witness", "similarity", "exact", "numeric_variant")
        }
        if self.ids is None:
            return columns | {"cluster": self.witness}
        ids = {"id": self.ids, "keep": self.keep, "witness": self.witness}
        return ids | {"witness_id": self.witness_ids} | columns | {"cluster": self.cluster}

    def __repr__(self) -> str:
        """Return the numbers of kept and removed texts, in one line."""
        if not len(self):
            return "<DedupResult: no texts>"
        removed, exact = int((~self.keep).sum()), int(self.exact.sum())
        parts = [f"kept {len(self) - removed:,} of {format_count(len(self), 'text')}"]
        if variants := int((self.numeric_variant != np.arange(len(self))).sum()):
            parts[0] += f" ({format_variants(variants, self.config.numeric_variants)})"
        if removed:
            parts.append(f"removed {format_copies(exact, removed - exact)}")
        if without_tokens := int(self.tokenless.sum()):
            parts.append(f"kept {without_tokens:,} without words")
        if self.frames is not None:
            parts.append(format_frames(self.frames.summary()))
        return f"<DedupResult: {'; '.join(parts)}>"
