"""Boilerplate found in plain Python, as docs/decisions/0013-boilerplate.md says it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from dedup import Config
from dedup.kernels import reference
from dedup.text.blocks import choose, split
from dedup.text.packed import pack
from oracles import Token, contained, jaccard, kept_only, tokens

Words = tuple[Token, ...]


@dataclass(frozen=True)
class Found:
    """What recurs in some texts."""

    df: dict[Words, int]  # of each pattern
    gone: list[list[tuple[int, int]]]  # of each text, the bytes of the blocks that may go
    first: dict[Words, tuple[int, tuple[int, int]]]  # of each pattern, where it is seen first


def blocks_of(text: str | None, config: Config) -> list[str]:
    edges = split(text, choose(text, config.block)).tolist() if text else [0]
    return [(text or "")[start:stop] for start, stop in pairwise(edges)]


def fingerprint(text: str, config: Config) -> tuple[int, ...]:
    """Only to take things of the same length in the same order."""
    packed = pack([text])
    hashes = reference.tokenize(packed.utf8, packed.offsets, config.seed).hashes
    return tuple(reference.prints(hashes, config.seed)[0].tolist())


def witnesses(rows: Sequence[Words], config: Config, threshold: float) -> list[int]:
    similarity = contained if config.measure == "containment" else jaccard
    return kept_only(rows, range(len(rows)), config.ngram_size, threshold, similarity)[0]


def grouped(texts: Sequence[list[str]], config: Config) -> dict[Words, Words]:
    """Return the group of each variant."""
    rows, example = defaultdict(set), {}
    for row, blocks in enumerate(texts):
        for block in blocks:
            rows[tuple(tokens(block))].add(row)
            example[tuple(tokens(block))] = block
    rows.pop((), None)
    order = sorted(rows, key=lambda v: (-len(rows[v]), len(v), fingerprint(example[v], config)))
    group = {variant: variant for variant in order}
    rest = [variant for variant in order if len(variant) > config.ngram_size]
    while rest:
        of = [rest[place] for place in witnesses(rest, config, config.threshold)]
        far = []
        for variant, other in zip(rest, of, strict=True):
            if len(variant) >= config.threshold * len(other):
                group[variant] = other
            else:
                far.append(variant)
        rest = far
    return group


def counted_as(texts: Sequence[list[tuple[str, Words]]], min_df: int, config: Config) -> list[int]:
    """Return the text as which each is counted, below 0 for none."""
    df: dict[Words, int] = defaultdict(int)
    for blocks in texts:
        for group in {group for _, group in blocks if group}:
            df[group] += 1
    left = ["".join(b for b, group in blocks if group and df[group] < min_df) for blocks in texts]
    words = [tuple(tokens(text)) for text in left]
    order = [row for row in range(len(texts)) if len(words[row]) >= config.min_tokens]
    order.sort(key=lambda row: (-len(words[row]), fingerprint(left[row], config)))
    found = witnesses([words[row] for row in order], config, min(0.5, config.threshold))
    stands = [-1] * len(texts)
    for row, place in zip(order, found, strict=True):
        stands[row] = order[place]
    return stands


def words_in(group: Words) -> int:
    return sum(not any(base[0].isdigit() for base in token) for token in group)


def may_go(
    groups: Sequence[Words], patterns: set[Words], blank: set[Words], least: int
) -> list[bool]:
    """Tell of the worded blocks of one text which may go."""
    boils = [group in patterns or group in blank for group in groups]
    near = min(3, boils.count(False) // 10)
    gone = []
    for place, group in enumerate(groups):
        start = stop = place
        while start > 0 and boils[start - 1]:
            start -= 1
        while stop < len(groups) and boils[stop]:
            stop += 1
        long = any(g in patterns and words_in(g) >= least for g in groups[start:stop])
        apart = min(boils[:place].count(False), boils[place + 1 :].count(False))
        gone.append(group in patterns and (long or apart <= near))
    return gone


def recurring(texts: Sequence[str | None], config: Config, min_df: int) -> Found:
    cut = [blocks_of(text, config) for text in texts]
    group_of = grouped(cut, config)
    grouped_texts = [
        [(block, group_of.get(tuple(tokens(block)), ())) for block in blocks] for blocks in cut
    ]
    stands = counted_as(grouped_texts, min_df, config)
    holders: dict[Words, set[int]] = defaultdict(set)
    for row, blocks in enumerate(grouped_texts):
        for _, group in blocks:
            if group and stands[row] >= 0:
                holders[group].add(stands[row])
    df = {group: len(rows) for group, rows in holders.items() if len(rows) >= min_df}
    blank = {group for group in df if not words_in(group)}
    count = len({row for row in stands if row >= 0})
    patterns = {
        group
        for group in set(df) - blank
        if 2 * df[group] >= count
        or df[group] * min(words_in(group), config.min_tokens) >= min_df * config.min_tokens
    }
    worded = [[group for _, group in blocks if group] for blocks in grouped_texts]
    patterns, flags = without_content(worded, patterns, blank, config.min_tokens)
    return located(grouped_texts, flags, {group: df[group] for group in patterns})


def without_content(
    worded: Sequence[list[Words]], patterns: set[Words], blank: set[Words], least: int
) -> tuple[set[Words], list[list[bool]]]:
    while True:
        flags = [may_go(groups, patterns, blank, least) for groups in worded]
        going: dict[Words, list[bool]] = defaultdict(list)
        for groups, gone in zip(worded, flags, strict=True):
            for group, goes in zip(groups, gone, strict=True):
                going[group].append(goes)
        left = {group for group in patterns if 2 * sum(going[group]) >= len(going[group])}
        if left == patterns:
            return patterns, flags
        patterns = left


def located(
    texts: Sequence[list[tuple[str, Words]]], flags: list[list[bool]], df: dict[Words, int]
) -> Found:
    result = Found(df, [], {})
    for row, (blocks, gone) in enumerate(zip(texts, flags, strict=True)):
        sizes = [len(block.encode("utf-8", "surrogatepass")) for block, _ in blocks]
        spans = list(pairwise(np.cumsum([0, *sizes]).tolist()))
        for (block, _), span in zip(blocks, spans, strict=True):
            if tuple(tokens(block)) in df:
                result.first.setdefault(tuple(tokens(block)), (row, span))
        worded = [span for (_, group), span in zip(blocks, spans, strict=True) if group]
        result.gone.append([span for span, goes in zip(worded, gone, strict=True) if goes])
    return result
