"""The rules of docs/decisions/0013-boilerplate.md, in plain Python."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain, pairwise

import numpy as np

from dedup import Config
from dedup.arrays.packed import pack
from dedup.text.blocks import choose, split
from dedup.text.shingles import fingerprint_tokens
from dedup.text.tokens import tokenize
from tests.oracles import UNITS, Token, contained, jaccard, kept_only, tokens

Words = tuple[Token, ...]


@dataclass(frozen=True)
class Found:
    """The patterns of some texts, and where they are removed."""

    df: dict[Words, int]  # of each pattern
    removable: list[list[tuple[int, int]]]  # of each text, the bytes of the blocks
    first: dict[Words, tuple[int, tuple[int, int]]]  # of each pattern, its first occurrence


def blocks_of(text: str | None, config: Config) -> list[str]:
    edges = split(text, choose(text, config.split_by)).tolist() if text else [0]
    return [(text or "")[start:stop] for start, stop in pairwise(edges)]


def fingerprint(text: str, config: Config) -> tuple[int, ...]:
    """Return a sort key for wordings of equal length."""
    packed = pack([text])
    characters = config.unit == "char"
    found = tokenize(packed.utf8, packed.offsets, config.seed, characters=characters)
    return tuple(fingerprint_tokens(found.hashes, config.seed)[0].tolist())


def wording_of(text: str, config: Config) -> Words:
    return tuple(UNITS[config.unit](text))


def witnesses(rows: Sequence[Words], config: Config, threshold: float) -> list[int]:
    similarity = contained if config.measure == "containment" else jaccard
    return kept_only(rows, range(len(rows)), config.ngram_size, threshold, similarity)[0]


def grouped(texts: Sequence[list[str]], config: Config) -> dict[Words, Words]:
    """Return the group of each wording."""
    rows: dict[Words, set[int]] = defaultdict(set)
    example: dict[Words, str] = {}
    for row, blocks in enumerate(texts):
        for block in blocks:
            rows[wording_of(block, config)].add(row)
            example.setdefault(wording_of(block, config), block)
    rows.pop((), None)
    order = sorted(rows, key=lambda v: (-len(rows[v]), len(v), fingerprint(example[v], config)))
    group = {wording: wording for wording in order}
    rest = [wording for wording in order if len(wording) > config.ngram_size]
    while rest:
        of = [rest[place] for place in witnesses(rest, config, config.threshold)]
        much_shorter = []
        for wording, other in zip(rest, of, strict=True):
            if len(wording) >= config.threshold * len(other):
                group[wording] = other
            else:
                much_shorter.append(wording)
        rest = much_shorter
    return group


def counted_as(texts: Sequence[list[tuple[str, Words]]], min_df: int, config: Config) -> list[int]:
    """Return the text as which each is counted, negative if it is not counted."""
    df: dict[Words, int] = defaultdict(int)
    for blocks in texts:
        for group in {group for _, group in blocks if group}:
            df[group] += 1
    left = ["".join(b for b, group in blocks if group and df[group] < min_df) for blocks in texts]
    sizes = [len(tokens(text)) for text in left]
    order = [row for row in range(len(texts)) if sizes[row] >= config.min_tokens]
    by_words = replace(config, unit="word")
    order.sort(key=lambda row: (-sizes[row], fingerprint(left[row], by_words)))
    bodies = [wording_of(left[row], config) for row in order]
    found = witnesses(bodies, config, min(0.5, config.threshold))
    representatives = [-1] * len(texts)
    for row, place in zip(order, found, strict=True):
        representatives[row] = order[place]
    return representatives


def words_in(text: str) -> int:
    return sum(not token[0][0].isdigit() for token in tokens(text))


def may_be_removed(
    groups: Sequence[Words], patterns: set[Words], blank: set[Words], long: set[Words]
) -> list[bool]:
    """Return which blocks with tokens of one text may be removed."""
    boils = [group in patterns or group in blank for group in groups]
    near = min(3, boils.count(False) // 10)
    removed = []
    for place, group in enumerate(groups):
        start = stop = place
        while start > 0 and boils[start - 1]:
            start -= 1
        while stop < len(groups) and boils[stop]:
            stop += 1
        beside = not {*groups[start:stop]}.isdisjoint(patterns & long)
        distance = min(boils[:place].count(False), boils[place + 1 :].count(False))
        removed.append(group in patterns and (beside or distance <= near))
    return removed


def recurring(texts: Sequence[str | None], config: Config, min_df: int) -> Found:
    cut = [blocks_of(text, config) for text in texts]
    group_of = grouped(cut, config)
    grouped_texts = [
        [(block, group_of.get(wording_of(block, config), ())) for block in blocks] for blocks in cut
    ]
    representatives = counted_as(grouped_texts, min_df, config)
    holders: dict[Words, set[int]] = defaultdict(set)
    for row, blocks in enumerate(grouped_texts):
        for _, group in blocks:
            if group and representatives[row] >= 0:
                holders[group].add(representatives[row])
    df = {group: len(rows) for group, rows in holders.items() if len(rows) >= min_df}
    words: dict[Words, int] = {}
    for block in chain.from_iterable(cut):
        words.setdefault(wording_of(block, config), words_in(block))
    blank = {group for group in df if not words[group]}
    count = len({row for row in representatives if row >= 0})
    patterns = {
        group
        for group in set(df) - blank
        if 2 * df[group] >= count
        or df[group] * min(words[group], config.min_tokens) >= min_df * config.min_tokens
    }
    with_tokens = [[group for _, group in blocks if group] for blocks in grouped_texts]
    long = {group for group in df if words[group] >= config.min_tokens}
    patterns, flags = without_content(with_tokens, patterns, blank, long)
    found = Found({group: df[group] for group in patterns}, [], {})
    locate(grouped_texts, flags, config, found)
    return found


def without_content(
    with_tokens: Sequence[list[Words]], patterns: set[Words], blank: set[Words], long: set[Words]
) -> tuple[set[Words], list[list[bool]]]:
    while True:
        flags = [may_be_removed(groups, patterns, blank, long) for groups in with_tokens]
        going: dict[Words, list[bool]] = defaultdict(list)
        for groups, removed in zip(with_tokens, flags, strict=True):
            for group, is_removed in zip(groups, removed, strict=True):
                going[group].append(is_removed)
        left = {group for group in patterns if 2 * sum(going[group]) >= len(going[group])}
        if left == patterns:
            return patterns, flags
        patterns = left


def locate(
    texts: Sequence[list[tuple[str, Words]]], flags: list[list[bool]], config: Config, found: Found
) -> None:
    for row, (blocks, removed) in enumerate(zip(texts, flags, strict=True)):
        sizes = [len(block.encode("utf-8", "surrogatepass")) for block, _ in blocks]
        spans = list(pairwise(np.cumsum([0, *sizes]).tolist()))
        for (block, _), span in zip(blocks, spans, strict=True):
            if wording_of(block, config) in found.df:
                found.first.setdefault(wording_of(block, config), (row, span))
        with_tokens = [span for (_, group), span in zip(blocks, spans, strict=True) if group]
        found.removable.append(
            [span for span, is_removed in zip(with_tokens, removed, strict=True) if is_removed]
        )
