"""Match the rows of a packed text: by the compiled core, or by numpy where that is missing."""

from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any

import numpy as np

from dedup.arrays.memory import IN_RAM, Memory
from dedup.config import Config
from dedup.kernels import reference
from dedup.kernels.chunks import apart
from dedup.kernels.hashing import NativeTexts
from dedup.matching import candidates, keep_first, native_rule
from dedup.matching.band_sampler import BandSampler
from dedup.matching.bottom_sampler import BottomSampler
from dedup.matching.bottom_sketch import sampling_of
from dedup.matching.exact_copies import leaders
from dedup.matching.keep_first import KEEP, Matches, match
from dedup.matching.lsh import band_constants, banding
from dedup.matching.matcher import Limits, match_rows
from dedup.matching.minhash import permutations, signatures
from dedup.matching.numbers import number_prints
from dedup.matching.numeric_variants import PairRule
from dedup.matching.sketching import Sampler, Sketches
from dedup.native import core, has_core, say_that_it_is_slow
from dedup.records import I64, U8, U32, U64, Ragged, Tokens
from dedup.text.recode import recode

LARGE = 1 << 21  # bytes for which numpy takes seconds
Order = Callable[[I64], I64]


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
        return match_compiled(utf8, offsets, config, order_of, threads, references, samples, memory)
    numbers = numbers_of(utf8, offsets, config)
    utf8, offsets = recode(utf8, offsets, config.unit)
    tokens, shingles = _hashed(utf8, offsets, config)
    counts = tokens.hashes.lengths
    found = match(
        tokens.hashes,
        shingles,
        config,
        order_of(counts),
        references,
        exempts=PairRule.of_rows(utf8, offsets, config).spares,
        numbers=numbers,
    )
    return found, counts


def match_blocks(
    tokens: Ragged, shingles: Ragged, config: Config, numbers: U64 | None = None
) -> Matches:
    """Match the blocks of a text as ``keep_first.match_blocks`` does."""
    if not has_core() or not keep_first.are_few(shingles):
        return keep_first.match_blocks(tokens, shingles, config, numbers)
    order = KEEP[config.keep](tokens.lengths)
    leader = leaders(tokens, order, numbers)
    witness, similarity = core.match_blocks(
        shingles.values,
        shingles.offsets,
        order[tokens.lengths[order] > 0],
        leader,
        config.threshold,
        config.measure == "containment",
    )
    return Matches(order, leader, witness, similarity, np.arange(len(tokens)))


def numbers_of(utf8: U8, offsets: I64, config: Config) -> U64 | None:
    """Return the fingerprints of the numbers of rows; None where other numbers are exact copies."""
    if config.numeric_variants == "remove":
        return None
    utf8, offsets = recode(utf8, offsets, config.unit)
    if has_core():
        return native_rule.number_prints(native_texts(utf8, offsets, config))
    return number_prints(utf8, offsets)


def hashed(
    utf8: U8, offsets: I64, config: Config, threads: int | None = 1
) -> tuple[Tokens, Ragged]:
    """Hash the tokens and shingles of the rows of a packed text."""
    return _hashed(*recode(utf8, offsets, config.unit), config, threads)


def _hashed(
    utf8: U8, offsets: I64, config: Config, threads: int | None = 1
) -> tuple[Tokens, Ragged]:
    if has_core():
        texts = native_texts(utf8, offsets, config)
        return texts.tokenize(threads), texts.shingle(threads)
    if offsets[-1] - offsets[0] >= LARGE:
        say_that_it_is_slow()
    tokens = reference.tokenize(utf8, offsets, config.seed, characters=config.unit == "char")
    return tokens, reference.shingle(tokens.hashes, config.ngram_size, config.seed)


def shingled(utf8: U8, offsets: I64, config: Config, threads: int | None = None) -> Ragged:
    """Hash the shingles of the rows of a packed text, sorted and unique."""
    utf8, offsets = recode(utf8, offsets, config.unit)
    if has_core():
        return native_texts(utf8, offsets, config).shingle(threads)
    return _hashed(utf8, offsets, config)[1]


def signed(utf8: U8, offsets: I64, config: Config, threads: int | None = None) -> U32:
    """Return the MinHash signatures of the rows of a packed text, (n, num_perm)."""
    utf8, offsets = recode(utf8, offsets, config.unit)
    if has_core():
        both = permutations(config.num_perm, config.seed)
        return native_texts(utf8, offsets, config).signatures(both, threads)
    return signatures(_hashed(utf8, offsets, config)[1], config.num_perm, config.seed)


def native_texts(utf8: U8, offsets: I64, config: Config) -> NativeTexts:
    """Return rows, recoded before where their unit asks for it, as the compiled core takes them."""
    characters = config.unit == "char"
    return NativeTexts(utf8, offsets, config.ngram_size, config.seed, characters=characters)


def match_compiled(  # noqa: PLR0913, PLR0917
    utf8: U8,
    offsets: I64,
    config: Config,
    order_of: Order,
    threads: int | None = None,
    references: int = 0,
    samples: list[Any] | None = None,
    memory: Memory = IN_RAM,
) -> tuple[Matches, I64]:
    """Do as ``match_texts``, by the compiled core."""
    texts, sketches = sketched(utf8, offsets, config, order_of, threads, samples, memory)
    limits, rule = limits_of(config), native_rule.rule_or_none(config)
    found = apart(
        lambda abandoned: match_rows(
            texts, sketches, limits, abandoned, references=references, rule=rule, memory=memory
        )
    )
    return Matches(sketches.order, sketches.leader, *found), sketches.counts


def sampling_for(config: Config, memory: Memory = IN_RAM) -> Callable[[U8, I64], Any] | None:
    """Return what samples rows of a packed text, for ``match_texts``, some at a time.

    None is returned where the compiled core is missing.
    """
    if not has_core():
        return None

    def sample(utf8: U8, offsets: I64) -> Any:  # noqa: ANN401  as the measure has it
        texts = native_texts(*recode(utf8, offsets, config.unit), config)
        return _sampler(config).sample(texts, 0, len(offsets) - 1, memory)

    return sample


def limits_of(config: Config) -> Limits:
    """Return how similar rows have to be, and the caps of posting lists and candidates."""
    return Limits(
        config.threshold,
        config.measure == "containment",
        candidates.FULL,
        candidates.COMPARED,
        candidates.LISTED,
    )


@lru_cache(maxsize=8)
def _sampler(config: Config) -> Sampler[Any]:
    if config.measure == "containment":
        return BottomSampler(sampling_of(config), config.ngram_size, config.seed)
    bands, rows, of_rest = banding(config.threshold, config.num_perm, config.recall)
    used = slice(bands * rows)
    factors, shifts = permutations(config.num_perm, config.seed)
    constants = band_constants(bands, rows, config.seed)
    return BandSampler((factors[used], shifts[used]), constants, of_rest, config.seed)


def sketched(  # noqa: PLR0913, PLR0917
    utf8: U8,
    offsets: I64,
    config: Config,
    order_of: Order,
    threads: int | None = None,
    samples: list[Any] | None = None,
    memory: Memory = IN_RAM,
) -> tuple[NativeTexts, Sketches]:
    """Sketch rows; the last of them may have been sampled before, and ``samples`` are used up."""
    sampler, samples = _sampler(config), [] if samples is None else samples
    recoded = recode(utf8, offsets, config.unit, lambda size: memory.empty(size, np.uint8))
    texts = native_texts(*recoded, config)
    missing = len(offsets) - 1 - sum(len(sample.counts) for sample in samples)
    if missing or not samples:
        samples[:0] = sampler.sample_before(texts, missing, threads, memory)
    numbers = None
    if config.numeric_variants == "keep":
        numbers = partial(native_rule.number_prints, texts, threads=threads, memory=memory)
    return texts, sampler.sketches(samples, order_of, threads, numbers, memory)
