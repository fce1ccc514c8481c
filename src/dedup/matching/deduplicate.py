"""Many texts in: which are near-duplicates of which, and which stay."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from dedup.columns import as_python, packed_for
from dedup.config import Config, Keep, Settings, checked_threads
from dedup.errors import ConfigError
from dedup.matching.engine import Order, match_texts
from dedup.matching.result import DedupResult
from dedup.records import I64

Ids = Sequence[Any] | npt.NDArray[Any]


def deduplicate(
    texts: object,
    config: Settings | None = None,
    *,
    ids: Ids | None = None,
    keep: Keep | npt.ArrayLike | None = None,
    threads: int | None = None,
    **overrides: Any,  # noqa: ANN401
) -> DedupResult:
    """Find the texts that are near-duplicates of others, and one of each to keep.

    Parameters
    ----------
    texts
        A list or any other iterable of ``str`` and None; a numpy array; an Arrow, pandas or
        polars column, or whatever else speaks the Arrow PyCapsule interface. Or tokens of your
        own: an iterable of lists of ``str``, or an Arrow or polars column of lists.
    config
        The settings, or the name of a preset; ``Config()`` when None.
    ids
        (n,): names of the texts, for ``clusters`` and tables; row numbers when None.
    keep
        Which copy stays: ``"longest"`` (the default, by tokens), ``"first"``, ``"last"``, or
        (n,) numbers, of which the greatest stays. Of equal ones the first. By containment a
        text that is longer than what stands stays too, since it is not contained in it.
    threads
        How many to use; all cores that the process may use when None. The result is the same.
    **overrides
        Single settings, as in ``deduplicate(texts, threshold=0.9)``.

    Returns
    -------
    DedupResult
        ``.keep``, ``.witness`` and ``.similarity`` by row, ``.selected`` texts.

    Raises
    ------
    TextTypeError
        When ``texts`` is no column of texts.
    ConfigError
        When a setting is unknown or outside its range, or a length differs.

    Notes
    -----
    Every removed row has a kept witness whose exact similarity to it is at least
    ``threshold``, by ``measure``. In real news none is missed (``benchmarks/results``). Where
    more than 64 kept texts share most of their words (a form filled in a thousand times, or
    any texts with ``ngram_size=1``), copies of one of them can be missed; ``near_duplicates``
    knows no such limit.
    None, empty texts and texts without a word are kept.

    Examples
    --------
    >>> story = "The ferry was late again, and nobody on the pier could say why it was so."
    >>> result = deduplicate([story, "Something else.", story.upper(), None])
    >>> result
    <DedupResult: kept 3 of 4 texts; removed 1 exact copy; kept 1 without words>
    >>> result.keep.tolist(), result.witness.tolist()
    ([True, True, False, True], [0, 1, 0, 3])
    """
    order_of = None
    if isinstance(keep, str):
        overrides["keep"] = keep
    elif keep is not None:
        order_of = _by_priority(keep)
    config = Config.of(config, overrides)
    if config.keep == "auto":
        config = replace(config, keep="longest")
    packed, config = packed_for(texts, config)
    names = None if ids is None else _names(ids, len(packed))
    matches, counts = match_texts(
        packed.utf8, packed.offsets, config, order_of=order_of, threads=checked_threads(threads)
    )
    removed = matches.repeats
    return DedupResult(
        keep=~removed,
        witness=matches.witness,
        similarity=matches.similarity.astype(np.float32),
        exact=removed & (matches.leader[matches.witness] == matches.leader),
        numeric_variant=matches.numeric_variant,
        tokenless=counts == 0,
        order=matches.order,
        config=config,
        ids=names,
        _texts=packed,
    )


def _names(ids: Ids, count: int) -> list[Any]:
    """Return the ids as a list of their own."""
    if isinstance(ids, (str, bytes, AbstractSet, Mapping)) or not isinstance(ids, Iterable):
        raise ConfigError(f"ids must be a list or column of names, got {type(ids).__name__}")
    shape = getattr(ids, "shape", (count,))
    if len(shape) != 1:
        raise ConfigError(f"ids must be one column of names, got {type(ids).__name__} of {shape}")
    names = as_python(ids)
    if len(names) != count:
        raise ConfigError(f"ids must be as many as the texts, {count}, got {len(names)}")
    return names


def _by_priority(keep: npt.ArrayLike) -> Order:
    try:
        priorities = np.asarray(keep)
    except ValueError:  # lists of different lengths
        priorities = np.empty((0, 0))
    if priorities.ndim != 1 or priorities.dtype.kind not in "iufb":
        raise ConfigError(
            f"keep must be first, last, longest or a number for each text, got {priorities.dtype}"
        )
    if isinstance(keep, np.ma.MaskedArray) and np.ma.is_masked(keep):
        row = int(np.ma.getmaskarray(keep).argmax())
        raise ConfigError(f"keep[{row}] must be a number, got none")
    if priorities.dtype.kind == "f" and np.isnan(priorities).any():
        raise ConfigError(f"keep[{int(np.isnan(priorities).argmax())}] must be a number, got nan")

    def order_of(counts: I64) -> I64:
        if len(priorities) != len(counts):
            raise ConfigError(
                f"keep must have a number for each text, {len(counts)}, got {len(priorities)}"
            )
        # Ranks, since unsigned and boolean numbers cannot be negated.
        ranks = np.unique(priorities, return_inverse=True)[1]
        return np.argsort(-ranks, kind="stable")

    return order_of
