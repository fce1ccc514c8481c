"""The rules of docs/decisions/0013-boilerplate.md and 0029-page-frames.md, in plain Python."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain, combinations, pairwise

import numpy as np

from dedup import Config
from dedup.arrays.packed import pack
from dedup.text.blocks import choose, split
from dedup.text.shingles import fingerprint_tokens
from dedup.text.tokens import tokenize
from tests.oracles import UNITS, Token, contained, jaccard, kept_only, tokens

Words = tuple[Token, ...]
Key = tuple[str | None, Words]  # a group in a site, or in the corpus
Place = tuple[str | None, str | None]  # a site and the address of a page
LONG_BLOCK = 60  # bytes
MAX_JOINED = 32
# What values of a column of sources name.
SOURCES: dict[str | None, Place] = {
    "http://a.org/1": ("a.org", "/1"),
    "https://www.a.org/1#top": ("a.org", "/1"),
    "http://a.org/2": ("a.org", "/2"),
    "a.org": ("a.org", None),
    "//b.org/1": ("b.org", "/1"),
    "b.org": ("b.org", None),
    None: (None, None),
}


@dataclass(frozen=True)
class Found:
    """The patterns of some texts, and where they are removed."""

    df: dict[Key, int]  # of each pattern
    # Of each text, the bytes of the blocks, and the site whose frame they are.
    removable: list[list[tuple[tuple[int, int], str | None]]]
    first: dict[Words, tuple[int, tuple[int, int]]]  # of each pattern, its first occurrence


@dataclass(frozen=True)
class GroupedTexts:
    """The blocks of texts with their groups, and where the texts are from."""

    blocks: list[list[tuple[str, Words]]]
    words: dict[Words, int]  # in the first block with each wording
    places: list[Place]
    min_df_source: int

    def keys(self, row: int, *, in_site: bool) -> list[Key]:
        site = self.places[row][0] if in_site else None
        return [(site, group) for _, group in self.blocks[row] if group]

    def holders(self, pages: Sequence[int], *, in_site: bool) -> dict[Key, set[int]]:
        """Return the pages that have each group; negative pages are not counted."""
        found: dict[Key, set[int]] = defaultdict(set)
        for row, page in enumerate(pages):
            if page >= 0 and (self.places[row][0] or not in_site):
                for key in self.keys(row, in_site=in_site):
                    found[key].add(page)
        return found

    def frames(self, pages: Sequence[int]) -> dict[Key, tuple[int, int, int]]:
        """Return the groups that enough pages of a site have: df, needed pages, pages."""
        of_site: dict[str | None, set[int]] = defaultdict(set)
        for page, (site, _) in zip(pages, self.places, strict=True):
            of_site[site] |= {page} - {-1}
        frames = {}
        for key, have in self.holders(pages, in_site=True).items():
            count = len(of_site[key[0]])
            root = next(size for size in range(11) if size**2 >= count or size == 10)
            needed = max(root, self.min_df_source)
            if len(have) >= needed:
                frames[key] = len(have), needed, count
        return frames


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


def merged(count: int, pairs: Iterable[tuple[int, int]]) -> list[int]:
    """Return a number for each row, the same for rows that pairs connect."""
    label = [*range(count)]
    for left, right in pairs:
        label = [label[left] if one == label[right] else one for one in label]
    return label


def pages_of(texts: GroupedTexts, *, by_paragraphs: bool) -> list[int]:
    """Return the page of each text: known by its address, or by the paragraphs of an article."""
    places, pairs = texts.places, []
    for row, place in enumerate(places):
        if place[1] is not None:
            pairs.append((places.index(place), row))
    rows: dict[Key, list[tuple[int, str]]] = defaultdict(list)
    for row, blocks in enumerate(texts.blocks):
        for block, group in blocks:
            if group and places[row][0] and by_paragraphs:
                rows[places[row][0], group].append((row, block))
    shared: dict[tuple[int, int], int] = defaultdict(int)
    for found in rows.values():
        size, holders = min(size_of(block) for _, block in found), sorted({row for row, _ in found})
        if len(holders) <= MAX_JOINED and size >= LONG_BLOCK:
            for both in combinations(holders, 2):
                shared[both] += size
    sizes = [sum(size_of(block) for block, _ in blocks) for blocks in texts.blocks]
    for both, size in shared.items():
        shorter, are_known = min(sizes[row] for row in both), all(places[row][1] for row in both)
        pairs += [both] * (shorter - size <= min((0.1 if are_known else 0.5) * shorter, 1000))
    return merged(len(places), pairs)


def size_of(block: str) -> int:
    return len(block.encode("utf-8", "surrogatepass"))


def counted_pages(pages: list[int], representatives: list[int]) -> list[int]:
    """Return a page for each text; texts with one representative are one page."""
    counted = [row for row, one in enumerate(representatives) if one >= 0]
    same_page = [(row, other) for row in counted for other in counted if pages[row] == pages[other]]
    copies = [(row, representatives[row]) for row in counted]
    joined = merged(len(pages), same_page + copies)
    return [joined[row] if row in counted else -1 for row in range(len(pages))]


def counted_as(texts: GroupedTexts, min_df: int, config: Config) -> list[int]:
    """Return the text as which each is counted, negative if it is not counted."""
    holders = texts.holders(range(len(texts.blocks)), in_site=False)
    frames = texts.frames(pages_of(texts, by_paragraphs=True))
    short_frames = {key for key in frames if 2 * texts.words[key[1]] < config.min_tokens}
    left = [
        "".join(
            block
            for block, group in blocks
            if group
            and len(holders[None, group]) < min_df
            and (texts.places[row][0], group) not in short_frames
        )
        for row, blocks in enumerate(texts.blocks)
    ]
    sizes = [len(tokens(text)) for text in left]
    order = [row for row in range(len(left)) if sizes[row] >= config.min_tokens]
    by_words = replace(config, unit="word")
    order.sort(key=lambda row: (-sizes[row], fingerprint(left[row], by_words)))
    bodies = [wording_of(left[row], config) for row in order]
    found = witnesses(bodies, config, min(0.5, config.threshold))
    representatives = [-1] * len(left)
    for row, place in zip(order, found, strict=True):
        representatives[row] = order[place]
    return representatives


def words_in(text: str) -> int:
    return sum(not token[0][0].isdigit() for token in tokens(text))


def may_be_removed(
    groups: Sequence[Key], patterns: set[Key], blank: set[Key], long: set[Key]
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


def recurring(
    texts: Sequence[str | None],
    config: Config,
    min_df: int,
    source: Sequence[str | None] | None = None,
    min_df_source: int = 2,
) -> Found:
    cut = [blocks_of(text, config) for text in texts]
    group_of = grouped(cut, config)
    words: dict[Words, int] = {}
    for block in chain.from_iterable(cut):
        words.setdefault(wording_of(block, config), words_in(block))
    grouped_texts = GroupedTexts(
        [[(block, group_of.get(wording_of(block, config), ())) for block in one] for one in cut],
        words,
        [SOURCES[value] for value in source or [None] * len(texts)],
        min_df_source,
    )
    representatives = counted_as(grouped_texts, min_df, config)
    counted = counted_pages(pages_of(grouped_texts, by_paragraphs=False), representatives)
    holders = grouped_texts.holders(counted, in_site=False)
    df = {key: len(rows) for key, rows in holders.items() if len(rows) >= min_df}
    blank = {key for key in df if not words[key[1]]}
    count = len({*counted} - {-1})

    def is_pattern(key: Key, df: int, needed: int, count: int) -> bool:
        weight = min(words[key[1]], config.min_tokens)
        return weight > 0 and (2 * df >= count or df * weight >= needed * config.min_tokens)

    patterns = {key for key in df if is_pattern(key, df[key], min_df, count)}
    long = {key for key in df if words[key[1]] >= config.min_tokens}
    paged = counted_pages(pages_of(grouped_texts, by_paragraphs=True), representatives)
    frames = {
        key: counts[0]
        for key, counts in grouped_texts.frames(paged).items()
        if is_pattern(key, *counts)
    }
    keys = [
        [
            in_site if in_site in frames else in_corpus
            for in_site, in_corpus in zip(
                grouped_texts.keys(row, in_site=True),
                grouped_texts.keys(row, in_site=False),
                strict=True,
            )
        ]
        for row in range(len(texts))
    ]
    # A paragraph that few texts have is removed near the ends of a text only.
    long |= {key for key in frames if (None, key[1]) in long}
    patterns, flags = without_content(keys, patterns | {*frames}, blank, long)
    found = Found({key: (df | frames)[key] for key in patterns}, [], {})
    locate(grouped_texts.blocks, keys, flags, config, found)
    return found


def without_content(
    with_tokens: Sequence[list[Key]], patterns: set[Key], blank: set[Key], long: set[Key]
) -> tuple[set[Key], list[list[bool]]]:
    while True:
        flags = [may_be_removed(groups, patterns, blank, long) for groups in with_tokens]
        going: dict[Key, list[bool]] = defaultdict(list)
        for groups, removed in zip(with_tokens, flags, strict=True):
            for group, is_removed in zip(groups, removed, strict=True):
                going[group].append(is_removed)
        left = {
            group
            for group in patterns
            if any(going[group]) and 2 * sum(going[group]) >= len(going[group])
        }
        if left == patterns:
            return patterns, flags
        patterns = left


def locate(
    texts: Sequence[list[tuple[str, Words]]],
    keys: Sequence[list[Key]],
    flags: list[list[bool]],
    config: Config,
    found: Found,
) -> None:
    patterns = {wording for _, wording in found.df}
    for row, blocks in enumerate(texts):
        sizes = [len(block.encode("utf-8", "surrogatepass")) for block, _ in blocks]
        spans = list(pairwise(np.cumsum([0, *sizes]).tolist()))
        for (block, _), span in zip(blocks, spans, strict=True):
            if wording_of(block, config) in patterns:
                found.first.setdefault(wording_of(block, config), (row, span))
        with_tokens = [span for (_, group), span in zip(blocks, spans, strict=True) if group]
        found.removable.append(
            [
                (span, site)
                for span, (site, _), is_removed in zip(
                    with_tokens, keys[row], flags[row], strict=True
                )
                if is_removed
            ]
        )
