"""Numeric variants and numbers as the compiled core tells them, by the constants given here."""

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from dedup.arrays.array_types import I64, U8, U64, Flags
from dedup.arrays.memory import IN_RAM, Memory
from dedup.arrays.native import core, has_core, rule_constants
from dedup.arrays.parallel import map_chunks
from dedup.config import Config
from dedup.matching import elements, numbers, numeric_variants
from dedup.text.hashing import NativeTexts
from dedup.text.recode import recode
from dedup.text.tokens import WEIGHT

if TYPE_CHECKING:
    from dedup import _native


def number_prints(
    texts: NativeTexts,
    wanted: Flags | None = None,
    threads: int | None = 1,
    memory: Memory = IN_RAM,
) -> U64:
    """Return the fingerprints of the numbers of rows, as ``numbers.number_prints`` does.

    Parameters
    ----------
    wanted
        (n,): which rows; the others have 0. All when None.
    """
    signs, count = _number_signs(), len(texts.offsets) - 1
    found = memory.zeros(count, np.uint64)
    flags = np.ones(count, np.bool_) if wanted is None else wanted

    def work(first: int, last: int) -> None:
        core.number_prints(texts.core_texts, signs, flags, first, last, found)

    map_chunks(work, texts.offsets, threads, memory)
    return found


def numbers_of(utf8: U8, offsets: I64, config: Config) -> U64 | None:
    """Return the fingerprints of the numbers of rows; None where other numbers are exact copies."""
    if config.numeric_variants == "remove":
        return None
    utf8, offsets = recode(utf8, offsets, config.unit)
    if not has_core():
        return numbers.number_prints(utf8, offsets)
    return number_prints(NativeTexts(utf8, offsets, config))


@lru_cache(maxsize=8)
def rule_for(config: Config) -> "_native.PairRule":
    """Return the rule of some settings for functions of the core."""
    contained = config.measure == "containment"
    return core.PairRule(
        rule_constants(
            numeric_variants,
            keeps=config.numeric_variants == "keep",
            least=numeric_variants.least_tokens(config),
            scattered=numeric_variants.STRETCH_SHARE * config.threshold if contained else 0.0,
            signs=_number_signs(),
            names=_names(config.seed),
        )
    )


def rule_of_rows(
    utf8: U8, offsets: I64, config: Config
) -> "numeric_variants.PairRule | _native.TextsRule":
    """Return the rule for rows of a packed text, well-formed UTF-8."""
    if not has_core():
        return numeric_variants.PairRule(utf8, offsets, config)
    return core.TextsRule(rule_for(config), NativeTexts(utf8, offsets, config).core_texts)


@lru_cache(maxsize=1)
def _number_signs() -> "_native.NumberSigns":
    signs, values = list(numbers.CURRENCY), list(numbers.CURRENCY.values())
    return core.NumberSigns(rule_constants(numbers, currency_signs=signs, currency_values=values))


@lru_cache(maxsize=4)
def _names(seed: int) -> "_native.Names":
    names, firsts = elements.name_sequences(seed)
    return core.Names(
        rule_constants(
            elements,
            firsts=firsts,
            tokens=names.values,
            ends=names.offsets,
            stand_in_hash=elements.stand_in_hash(seed),
            weight=WEIGHT,
        )
    )
