"""Find the near-duplicates among many texts: sketch, group exact copies, share keys, keep first."""

from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace
from functools import lru_cache, partial
from typing import Any

import numpy as np

from dedup.arrays.array_types import I64, U8, U64, Flags
from dedup.arrays.columns import prepare_column, to_python_list
from dedup.arrays.memory import IN_RAM, Memory
from dedup.arrays.native import has_core
from dedup.arrays.packed import PythonTexts
from dedup.arrays.parallel import concatenate_columns
from dedup.config import Config, ConfigLike, Keep, check_threads
from dedup.errors import ConfigError
from dedup.matching import native_rule
from dedup.matching.bottom_sketch import BottomSampler
from dedup.matching.dedup_result import DedupResult
from dedup.matching.exact_copies import ExactCopies, Order, group_exact_copies
from dedup.matching.keep_first import KEEP, Matches, match
from dedup.matching.lsh import BandSampler
from dedup.matching.matcher import Limits, match_rows
from dedup.matching.numeric_variants import PairRule
from dedup.matching.rows import PackedRows, Rows, rows_of
from dedup.matching.shared_keys import Sketches
from dedup.text.hashing import NativeTexts, tokens_and_shingles
from dedup.text.recode import recode


def deduplicate(
    texts: object,
    config: ConfigLike | None = None,
    *,
    ids: Iterable[Any] | None = None,
    keep: Keep | Iterable[Any] | None = None,
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
        text that is longer than a kept one is kept too, since it is not contained in it.
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
    if isinstance(keep, str):
        overrides["keep"] = keep
    config = Config.of(config, overrides)
    if config.keep == "auto":
        config = replace(config, keep="longest")
    threads = check_threads(threads)
    column, config = prepare_column(texts, config)
    names = None if ids is None else _names(ids, len(column))
    if keep is None or isinstance(keep, str):
        order_of = KEEP[config.keep]
    else:
        order_of = _by_priority(keep, len(column))
    if isinstance(column, PythonTexts) or has_core():
        rows = rows_of(column, config, threads)
        matches, counts = _match_in_core(rows, config, order_of, threads=threads)
    else:
        matches, counts = match_texts(column.utf8, column.offsets, config, order_of=order_of)
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
        _texts=column.originals if isinstance(column, PythonTexts) else column,
    )


def match_texts(  # noqa: PLR0913
    utf8: U8,
    offsets: I64,
    config: Config,
    *,
    order_of: Order | None = None,
    references: int = 0,
    threads: int | None = None,
    samples: list[Any] | None = None,
    memory: Memory = IN_RAM,
) -> tuple[Matches, I64]:
    """Match every row of a packed text against the kept rows, as ``keep_first.match`` does.

    Parameters
    ----------
    utf8, offsets
        n rows of well-formed UTF-8.
    order_of
        Gives the order in which rows are taken, from their numbers of tokens; as
        ``config.keep`` says when None.
    references
        So many of the first rows are kept whatever they repeat; the order has to begin with them.
    threads
        How many to use; all cores that the process may use when None.
    samples
        Of the last rows, as ``sampling_for`` takes them; they are used up.
    memory
        Where arrays lie.

    Returns
    -------
    matches, counts
        And the tokens of each row, (n,).
    """
    order_of = order_of or KEEP[config.keep]
    if has_core():
        rows = PackedRows(utf8, offsets, config, memory)
        return _match_in_core(rows, config, order_of, references, threads, samples)
    tokens, shingles = tokens_and_shingles(utf8, offsets, config)
    counts = tokens.hashes.lengths
    exempts = PairRule(*recode(utf8, offsets, config.unit), config).spares
    numbers = native_rule.numbers_of(utf8, offsets, config)
    order = order_of(counts)
    found = match(
        tokens.hashes, shingles, config, order, references, exempts=exempts, numbers=numbers
    )
    return found, counts


def _match_in_core(  # noqa: PLR0913, PLR0917
    rows: Rows,
    config: Config,
    order_of: Order,
    references: int = 0,
    threads: int | None = None,
    samples: list[Any] | None = None,
) -> tuple[Matches, I64]:
    copies, keys = sketch(rows, config, order_of, threads, samples)
    found = match_rows(rows, keys, Limits.of(config), references=references, threads=threads)
    return Matches(copies.order, copies.leader, *found), copies.counts


def sketch(
    rows: Rows,
    config: Config,
    order_of: Order,
    threads: int | None = None,
    samples: list[Any] | None = None,
) -> tuple[ExactCopies, Sketches]:
    """Sample rows, group exact copies, and leave the keys that rows share.

    Parameters
    ----------
    samples
        Of the last rows, if they were sampled before; they are used up.
    """
    sampler, memory = sampler_for(config), rows.memory
    samples = [] if samples is None else samples
    missing = len(rows) - sum(len(sample.counts) for sample in samples)
    if missing or not samples:
        samples[:0] = rows.sample(partial(sampler.sample, memory=memory), missing, threads)
    counts, prints = concatenate_columns([sample[:2] for sample in samples], memory)

    def numbers(wanted: Flags) -> U64:
        return native_rule.number_prints(rows.texts, wanted, threads=threads, memory=memory)

    number_prints = numbers if config.numeric_variants == "keep" else None
    copies = group_exact_copies(counts, prints, order_of, number_prints, memory)
    return copies, sampler.share_keys(samples, copies, threads, memory)


def sampling_for(config: Config, memory: Memory = IN_RAM) -> Callable[[U8, I64], Any] | None:
    """Return what samples rows of a packed text, for ``match_texts``, some at a time.

    None is returned where the compiled core is missing.
    """
    if not has_core():
        return None

    def sample(utf8: U8, offsets: I64) -> Any:  # noqa: ANN401  as the measure has it
        texts = NativeTexts(*recode(utf8, offsets, config.unit), config)
        return sampler_for(config).sample(texts, 0, len(offsets) - 1, memory)

    return sample


@lru_cache(maxsize=8)
def sampler_for(config: Config) -> BottomSampler | BandSampler:
    """Return the sampler that suits the measure."""
    return BottomSampler(config) if config.measure == "containment" else BandSampler(config)


def _names(ids: Iterable[Any], count: int) -> list[Any]:
    """Return the ids as a list of their own."""
    if isinstance(ids, (str, bytes, AbstractSet, Mapping)) or not isinstance(ids, Iterable):
        raise ConfigError(f"ids must be a list or column of names, got {type(ids).__name__}")
    shape = getattr(ids, "shape", (count,))
    if len(shape) != 1:
        raise ConfigError(f"ids must be one column of names, got {type(ids).__name__} of {shape}")
    names = to_python_list(ids)
    if len(names) != count:
        raise ConfigError(f"ids must be as many as the texts, {count}, got {len(names)}")
    return names


def _by_priority(keep: Iterable[Any], count: int) -> Order:
    try:
        priorities = np.asarray(keep)
    except ValueError:  # lists of different lengths
        priorities = np.empty((0, 0))
    if priorities.ndim != 1 or priorities.dtype.kind not in "iufb":
        got = priorities.dtype if priorities.ndim else repr(keep)
        raise ConfigError(f"keep must be first, last, longest or a number for each text, got {got}")
    if isinstance(keep, np.ma.MaskedArray) and np.ma.is_masked(keep):
        row = int(np.ma.getmaskarray(keep).argmax())
        raise ConfigError(f"keep[{row}] must be a number, got none")
    if priorities.dtype.kind == "f" and np.isnan(priorities).any():
        raise ConfigError(f"keep[{int(np.isnan(priorities).argmax())}] must be a number, got nan")
    if len(priorities) != count:
        raise ConfigError(f"keep must have a number for each text, {count}, got {len(priorities)}")
    # Ranks, since unsigned and boolean numbers cannot be negated.
    ranks = np.unique(priorities, return_inverse=True)[1]
    order = np.argsort(-ranks, kind="stable")
    return lambda _: order
