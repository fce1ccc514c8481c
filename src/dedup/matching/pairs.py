"""Pairs of similar rows, and the graph that they make: its connected components."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dedup.arrays.array_types import F32, I64, Flags
from dedup.arrays.reportable import ShownInNotebook
from dedup.arrays.tabular import Tabular
from dedup.config import check_whole_number
from dedup.errors import ConfigError
from dedup.text.wording import format_count

# By the name of a column: its type, its content, and the kinds of arrays that are accepted.
COLUMNS: dict[str, tuple[type, str, str]] = {
    "left": (np.int64, "row numbers", "iu"),
    "right": (np.int64, "row numbers", "iu"),
    "similarity": (np.float32, "numbers", "iuf"),
    "numeric_variant": (np.bool_, "True and False", "b"),
}


@dataclass(frozen=True, eq=False)
class Pairs(Tabular, ShownInNotebook):
    """Pairs of rows that are similar: ``near_duplicates`` returns them, and you can make them.

    Iterating over them yields ``(left, right, similarity)``, ``len`` is their number, m.
    ``to_arrow``, ``to_pandas`` and ``to_polars`` return a table with a column for each parameter.

    Parameters
    ----------
    left, right
        (m,) int64: row numbers.
    similarity
        (m,) float32: how similar the two rows are, in [0, 1].
    numeric_variant
        (m,) bool: whether the rows differ in numbers, ``left`` is too short or too scattered over
        ``right`` for a near copy, or the rows are pages that share only short lines, so that
        ``deduplicate`` keeps both (see ``Config.numeric_variants`` and ``Config.page_variants``).
        All False by default.

    Raises
    ------
    ConfigError
        If the columns differ in length or type.

    Examples
    --------
    >>> pairs = Pairs(np.array([0, 1]), np.array([2, 3]), np.array([0.5, 1], np.float32))
    >>> pairs
    <Pairs: 2 pairs of similarity 0.500 to 1.000>
    >>> list(pairs)
    [(0, 2, 0.5), (1, 3, 1.0)]
    >>> pairs.select(pairs.similarity > 0.9)
    <Pairs: 1 pair of similarity 1.000>
    """

    left: I64
    right: I64
    similarity: F32
    numeric_variant: Flags = False  # type: ignore[assignment]  # becomes an array when made

    def __post_init__(self) -> None:
        """Check the columns; lists become arrays."""
        for name, (dtype, what, kinds) in COLUMNS.items():
            value = getattr(self, name)
            if value is False:
                value = np.zeros(len(self.left), np.bool_)
            try:
                column = np.asarray(value)
            except ValueError as error:  # lists of different lengths
                raise ConfigError(f"{name} must be one column of {what}, got lists") from error
            if column.ndim != 1 or (column.dtype.kind not in kinds and len(column)):
                raise ConfigError(f"{name} must be one column of {what}, got {column.dtype}")
            if column.dtype == np.uint64 and (column > np.iinfo(np.int64).max).any():
                raise ConfigError(f"{name} has a row number that no row can have")
            object.__setattr__(self, name, column.astype(dtype, copy=False))
        sizes = [len(getattr(self, name)) for name in COLUMNS]
        if len(set(sizes)) > 1:
            names, got = "left, right, similarity and numeric_variant", ", ".join(map(str, sizes))
            raise ConfigError(f"{names} must be of one length, got {got}")

    def __len__(self) -> int:
        """Return the number of pairs."""
        return len(self.left)

    def __iter__(self) -> Iterator[tuple[int, int, float]]:
        """Yield ``(left, right, similarity)`` of each pair."""
        columns = (self.left, self.right, self.similarity)
        return zip(*(column.tolist() for column in columns), strict=True)

    def __repr__(self) -> str:
        """Return the number of pairs and the range of their similarities."""
        if not len(self):
            return "<Pairs: no pairs>"
        least, most = f"{self.similarity.min():.3f}", f"{self.similarity.max():.3f}"
        between = least if least == most else f"{least} to {most}"
        variants = int(self.numeric_variant.sum())
        marked = f"; {format_count(variants, 'numeric variant')}" if variants else ""
        return f"<Pairs: {format_count(len(self), 'pair')} of similarity {between}{marked}>"

    def select(self, mask: Flags) -> "Pairs":
        """Return some pairs, as in ``pairs.select(~pairs.numeric_variant)``.

        Parameters
        ----------
        mask
            (m,) bool: which pairs to return.

        Raises
        ------
        ConfigError
            If the mask is not one True or False for each pair.
        """
        wanted = np.asarray(mask)
        if wanted.dtype != np.bool_ or wanted.shape != self.left.shape:
            raise ConfigError(
                f"mask must be {len(self)} of True or False, got {wanted.dtype} of {wanted.shape}"
            )
        return Pairs(*(getattr(self, name)[wanted] for name in self._columns))

    @property
    def _columns(self) -> dict[str, object]:
        return {name: getattr(self, name) for name in COLUMNS}


def expanded(pairs: Pairs, representative: I64, has_tokens: Flags, *, directed: bool) -> Pairs:
    """Turn pairs of representatives into pairs of all rows, exact copies included.

    Parameters
    ----------
    pairs
        Of representatives, each pair once.
    representative
        (n,): first row, in processing order, of its group of exact copies.
    has_tokens
        (n,) bool: rows without tokens are in no pair.
    directed
        Whether ``left`` and ``right`` differ in meaning, as by containment. Then the lower of two
        exact copies is ``right``. Otherwise the lower row of each pair is ``left``.

    Returns
    -------
    Pairs
        In ascending order.

    Examples
    --------
    >>> pair = Pairs(np.array([2]), np.array([0]), np.array([0.9], np.float32))
    >>> representative, has_tokens = np.array([0, 1, 2, 0]), np.ones(4, np.bool_)
    >>> [row[:2] for row in expanded(pair, representative, has_tokens, directed=False)]
    [(0, 2), (0, 3), (2, 3)]
    """
    rows = np.flatnonzero(has_tokens)
    rows = rows[np.argsort(representative[rows], kind="stable")]
    sizes = np.bincount(representative[rows], minlength=len(representative))
    starts = np.cumsum(sizes) - sizes
    # A pair becomes all pairs of its two groups, a group becomes all pairs of its own rows.
    widths, heights = sizes[pairs.right], sizes[pairs.left]
    pair, place = _numbered(widths * heights)
    left = rows[starts[pairs.left[pair]] + place // widths[pair]]
    right = rows[starts[pairs.right[pair]] + place % widths[pair]]
    inside = np.arange(len(rows)) - starts[representative[rows]]
    later, place = _numbered(inside)
    left = np.concatenate((left, rows[later]))
    right = np.concatenate((right, rows[starts[representative[rows[later]]] + place]))
    similarity = np.concatenate((pairs.similarity[pair], np.ones(len(later), np.float32)))
    variants = np.concatenate((pairs.numeric_variant[pair], np.zeros(len(later), np.bool_)))
    if not directed:
        left, right = np.minimum(left, right), np.maximum(left, right)
    order = np.lexsort((right, left))
    return Pairs(left[order], right[order], similarity[order], variants[order])


def _numbered(counts: I64) -> tuple[I64, I64]:
    """Return each i ``counts[i]`` times, and the numbers 0, 1, 2... of its repetitions."""
    numbers = np.repeat(np.arange(len(counts)), counts)
    return numbers, np.arange(len(numbers)) - (np.cumsum(counts) - counts)[numbers]


def connected_components(pairs: Pairs, count: int) -> I64:
    """Label each row with the lowest row that a chain of pairs leads to.

    Parameters
    ----------
    pairs
        Row numbers from 0 to ``count - 1``, in any order; repetitions and loops are allowed.
    count
        The number of rows.

    Returns
    -------
    numpy.ndarray
        (count,) int64: a row in no pair has its own number.

    Raises
    ------
    ConfigError
        If ``pairs`` are no ``Pairs``, or a row is not from 0 to ``count - 1``.

    Notes
    -----
    Min-label hooking with full shortcuts (Liu and Tarjan 2022, "Simple Concurrent Labeling
    Algorithms for Connected Components"). A root that remains one for two rounds has absorbed
    another one in the first, so every two rounds at least halve the roots.

    Examples
    --------
    >>> chain = Pairs(np.array([4, 2]), np.array([2, 1]), np.ones(2, np.float32))
    >>> connected_components(chain, 5).tolist()
    [0, 1, 1, 3, 1]
    """
    if not isinstance(pairs, Pairs):
        raise ConfigError(f"pairs must be Pairs, got {type(pairs).__name__}")
    count = check_whole_number("count", count, 0)
    ends = np.concatenate((pairs.left, pairs.right))
    if len(ends) and not 0 <= ends.min() <= ends.max() < count:
        wrong = ends[(ends < 0) | (ends >= count)][0]
        raise ConfigError(f"rows must be from 0 to count - 1, {count - 1}, got {wrong}")
    parent = np.arange(count)
    left, right = pairs.left, pairs.right
    while len(left):
        lower, higher = np.minimum(left, right), np.maximum(left, right)
        np.minimum.at(parent, higher, lower)  # every end is a root: hook it to its lowest neighbor
        while not np.array_equal(parent, above := parent[parent]):
            parent = above  # until each row points directly at its root
        left, right = parent[lower], parent[higher]
        left, right = left[left != right], right[left != right]
    return parent
