r"""Page frames: the lines that several pages of one source have.

Navigation, teasers and footers make different pages of a site similar, so texts are compared
without them. A line is frame if ``sources.min_pages`` pages of its source have it.

One page may be in the corpus several times, from several extractors or under several addresses. So
texts with one address are one page, and so are texts that share most of their long lines
(``join_pages``). And a page counts only if it has ``MIN_OWN_BYTES`` bytes in lines that are not
frame for all pages together: the copies of an article have none. If they have other teasers, the
article may still be taken for a frame. So a text with an address is compared whole if most of its
text in long lines is frame that few pages have, and at most ``MAX_OTHER_BYTES`` are not.

Decision note 29 has the measurements.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from dedup.arrays.array_types import I64, Flags
from dedup.arrays.memory import IN_RAM, Memory
from dedup.arrays.packed import PackedTexts
from dedup.matching.joined_pages import LONG_BLOCK_BYTES, MAX_OTHER_BYTES, join_pages
from dedup.matching.source_groups import NO_GROUP_HASH, SourceGroups, group_by_source
from dedup.matching.sources import Sources, min_pages
from dedup.text.block_table import BlockTable, cut_texts, gather_rows, keep_blocks
from dedup.text.line_hashes import hash_lines

MIN_OWN_BYTES = 120  # outside of frames, about 20 words; a text with fewer is compared whole
RARE_SHARE = 2, 3  # of the pages of a source: fewer may have an article, and not a frame
MAX_LISTED_LINES = 1000
HASHED_SHARE = 0.3  # of the time, when lines are hashed
SUMMARY_LINES, SUMMARY_CHARACTERS = 20, 200  # listed lines, and characters of each


@dataclass(frozen=True, slots=True)
class FrameLine:
    """A line that several pages of one source have.

    Attributes
    ----------
    source
        The host of the pages, or the name of their source.
    text
        The line as it first occurs, without the white space around it.
    pages
        The number of pages that have it.
    """

    source: str
    text: str
    pages: int


@dataclass(frozen=True, slots=True)
class PageFrames:
    """The lines of n texts that are frame, without which they are compared.

    Attributes
    ----------
    listed
        The lines that the most pages have, at most a thousand.
    byte_share
        The share of the bytes of all texts that is frame, white space around lines left out.
    line_count, source_count
        The number of different lines of each source that are frame, and of sources with such lines.
    is_whole
        (n,) bool: which texts have too little outside of frames, or may be an article at several
        addresses, and are compared whole.
    """

    lines: BlockTable  # l lines
    is_frame: Flags  # (l,)
    is_whole: Flags
    byte_share: float
    line_count: int
    source_count: int
    listed: tuple[FrameLine, ...]

    def summary(self) -> dict[str, Any]:
        """Return numbers of the frames, and the most frequent lines."""
        return {
            "byte_share": round(self.byte_share, 6),
            "lines": self.line_count,
            "sources": self.source_count,
            "listed": [
                asdict(line) | {"text": line.text[:SUMMARY_CHARACTERS]}
                for line in self.listed[:SUMMARY_LINES]
            ],
        }

    def compared_lines(self, memory: Memory = IN_RAM) -> Flags:
        """Return which lines are compared, (l,)."""
        compared = memory.empty(len(self.lines), np.bool_)
        for batch in self.lines.batches(memory):
            compared[batch.blocks] = ~self.is_frame[batch.blocks] | self.is_whole[batch.rows]
        return compared

    def without_frames(self, packed: PackedTexts, memory: Memory = IN_RAM) -> PackedTexts:
        """Return the texts as they are compared."""
        return keep_blocks(packed, self.lines, self.compared_lines(memory), memory)


def find_frames(
    packed: PackedTexts,
    sources: Sources,
    threads: int | None = None,
    memory: Memory = IN_RAM,
) -> PageFrames:
    r"""Find the lines of texts that are frame.

    Parameters
    ----------
    packed, sources
        n texts and their sources.
    threads
        Number of threads; all available cores when None.
    memory
        Where long arrays lie.

    Examples
    --------
    >>> from dedup.arrays.packed import pack
    >>> from dedup.matching.sources import read_sources
    >>> texts = ["News | Sport\n" + "\n".join(f"{story} {n}" for n in range(20))
    ...          for story in ("ferry", "bread")]
    >>> frames = find_frames(pack(texts), read_sources(["a.org", "a.org"], 2))
    >>> frames.listed
    (FrameLine(source='a.org', text='News | Sport', pages=2),)
    """
    with memory.progress.part(0.0, HASHED_SHARE):
        lines = cut_texts(packed, "line", threads, memory)
        hashes, sizes = hash_lines(packed.utf8, lines.edges, threads, memory)
    hashes[sizes == 0] = NO_GROUP_HASH
    parts = [*group_by_source(lines, hashes, sources, memory)]
    sources = join_pages(parts, sources, lines, memory)
    source_pages = sources.page_counts
    needed, totals = min_pages(source_pages), _sum_by_text(lines, sizes, 0, memory)

    def own_bytes(counts_by_part: list[I64]) -> I64:
        """Return the bytes of each text in lines that fewer pages have than needed, (n,)."""
        remaining = totals.copy()
        for part, counts in zip(parts, counts_by_part, strict=True):
            chosen = (counts >= needed[part.sources])[part.groups]
            in_text = np.bincount(
                part.rows[chosen], sizes[part.blocks[chosen]], minlength=len(packed)
            )
            remaining -= in_text.astype(np.int64)
            memory.trim()
        return remaining

    all_texts = np.ones(len(packed), np.bool_)
    has_own = own_bytes([part.count_pages(sources, all_texts) for part in parts]) >= MIN_OWN_BYTES
    is_counted = np.isin(sources.pages, sources.pages[has_own])
    page_counts = [part.count_pages(sources, is_counted) for part in parts]
    outside = own_bytes(page_counts)
    long_bytes = _sum_by_text(lines, sizes, LONG_BLOCK_BYTES, memory)  # outside of frames
    rare_bytes = np.zeros(len(packed), np.int64)  # in long lines of frames that few pages have
    is_frame = memory.zeros(len(lines), np.bool_)
    frequent: list[tuple[int, int, int]] = []
    lines_of_source = np.zeros(len(needed), np.int64)
    share, whole = RARE_SHARE
    for part, counts in zip(parts, page_counts, strict=True):
        in_frame = counts >= needed[part.sources]
        is_frame[part.blocks[in_frame[part.groups]]] = True
        is_long = in_frame[part.groups] & (sizes[part.blocks] >= LONG_BLOCK_BYTES)
        is_rare = is_long & (whole * counts < share * source_pages[part.sources])[part.groups]
        np.subtract.at(long_bytes, part.rows[is_long], sizes[part.blocks[is_long]])
        np.add.at(rare_bytes, part.rows[is_rare], sizes[part.blocks[is_rare]])
        frequent += _most_frequent(part, counts, in_frame)
        lines_of_source += np.bincount(part.sources[in_frame], minlength=len(needed))
        memory.trim()
    has_little = (long_bytes < rare_bytes) & (long_bytes <= MAX_OTHER_BYTES)
    return PageFrames(
        lines,
        is_frame,
        is_whole=(outside < MIN_OWN_BYTES) | (sources.has_address & has_little),
        byte_share=1 - float(outside.sum()) / max(int(totals.sum()), 1),
        line_count=int(lines_of_source.sum()),
        source_count=int(np.count_nonzero(lines_of_source)),
        listed=_list_lines(packed, lines, sources, sorted(frequent)[:MAX_LISTED_LINES]),
    )


def _sum_by_text(lines: BlockTable, sizes: I64, min_size: int, memory: Memory) -> I64:
    """Return the sum of the sizes of the lines of each text that have ``min_size`` bytes, (n,)."""
    totals = np.zeros(len(lines.firsts) - 1, np.int64)
    for batch in lines.batches(memory):
        batch_sizes = sizes[batch.blocks]
        batch_sizes = np.where(batch_sizes >= min_size, batch_sizes, 0)
        sums = np.bincount(batch.rows - batch.texts.start, batch_sizes)
        totals[batch.texts.start : batch.texts.start + len(sums)] = sums
    return totals


def _most_frequent(
    part: SourceGroups, page_counts: I64, in_frame: Flags
) -> list[tuple[int, int, int]]:
    """Return the frame lines on the most pages: minus this number, the first line, the source."""
    firsts, found = part.first_blocks, np.flatnonzero(in_frame)
    found = found[np.lexsort((firsts[found], -page_counts[found]))][:MAX_LISTED_LINES]
    columns = -page_counts[found], firsts[found], part.sources[found]
    return [*zip(*(column.tolist() for column in columns), strict=True)]


def _list_lines(
    packed: PackedTexts, lines: BlockTable, sources: Sources, frequent: list[tuple[int, int, int]]
) -> tuple[FrameLine, ...]:
    """Return lines that ``_most_frequent`` has returned."""
    firsts = np.array([line for _, line, _ in frequent], np.int64)
    texts = gather_rows(packed.utf8, lines.edges, firsts)
    listed = PackedTexts(*texts, np.zeros(len(firsts), np.bool_))
    return tuple(
        FrameLine(sources.names[source], listed.text(place).strip(), -negative_count)
        for place, (negative_count, _, source) in enumerate(frequent)
    )
