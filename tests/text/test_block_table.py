"""Many texts are cut into blocks like each text alone."""

from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.corpora import articles
from dedup.arrays import native
from dedup.arrays.memory import IN_RAM, DiskMemory, can_limit
from dedup.arrays.packed import PackedTexts, byte_offsets, encode, pack
from dedup.config import BlockKind
from dedup.text.block_table import BlockTable, cut_texts, gather_segments, keep_blocks
from dedup.text.blocks import choose, split
from tests.generated_texts import REPETITIVE, TEXTS
from tests.planting import data_folder

KINDS: st.SearchStrategy[BlockKind] = st.sampled_from(get_args(BlockKind))
LINES = st.lists(
    st.sampled_from(
        ["a line", "", " ", "\t", "\u2028", "\x85", "\x1f", "\ufeff", "é —", "中", "x"]
    ),
    max_size=9,
).flatmap(
    lambda lines: st.sampled_from(["\n", "\r", "\r\n", "\n\r"]).map(lambda end: end.join(lines))
)
COLUMNS = st.lists(
    TEXTS | REPETITIVE | LINES | LINES.map("\ufeff{}".format) | st.none(), max_size=9
)
PATHS = ["core", "numpy"]


def cut(packed: PackedTexts, block: BlockKind, path: str = "core") -> BlockTable:
    with pytest.MonkeyPatch.context() as patch:
        if path == "numpy":
            patch.setattr(native, "core", None)
        return cut_texts(packed, block)


def check(packed: PackedTexts, blocks: BlockTable, block: BlockKind) -> None:
    assert blocks.firsts[0] == 0 and blocks.firsts[-1] == len(blocks)
    for row in range(len(packed)):
        text = packed.text(row)
        edges = byte_offsets(encode(text), split(text, choose(text, block)))
        first, stop = blocks.firsts[row : row + 2].tolist()
        begin = packed.offsets[row]
        assert (blocks.edges[first : stop + 1] - begin).tolist() == edges.tolist()
        assert (blocks.rows[first:stop] == row).all()


@pytest.mark.parametrize("path", PATHS)
@given(texts=COLUMNS, block=KINDS, before=st.integers(0, 2))
def test_many_texts_are_cut_like_each_alone(
    path: str, texts: list[str | None], block: BlockKind, before: int
) -> None:
    whole = pack(texts)
    before = min(before, len(texts))
    packed = PackedTexts(whole.utf8, whole.offsets[before:], whole.missing[before:])
    check(packed, cut(packed, block, path), block)


@given(COLUMNS, st.data())
def test_kept_blocks_make_the_texts(texts: list[str | None], data: st.DataObject) -> None:
    packed = pack(texts)
    blocks = cut_texts(packed, "auto")
    flags = st.lists(st.booleans(), min_size=len(blocks), max_size=len(blocks))
    kept = np.array(data.draw(flags), np.bool_)
    found = keep_blocks(packed, blocks, kept)
    for row in range(len(texts)):
        own = range(*blocks.firsts[row : row + 2].tolist())
        pieces = [
            packed.utf8[slice(*blocks.edges[at : at + 2])].tobytes() for at in own if kept[at]
        ]
        assert found.text(row).encode("utf-8", "surrogatepass") == b"".join(pieces)
    assert found.missing is packed.missing


@pytest.mark.skipif(not data_folder().is_dir(), reason="the real articles are not here: DEDUP_DATA")
@pytest.mark.parametrize("name", ["reuters21578", "wikinews_ja", "thaigov_th", "tgnews_sample"])
def test_real_news(name: str) -> None:
    packed = pack(articles(name)[:1500])
    check(packed, cut(packed, "auto"), "auto")


@pytest.mark.parametrize("in_ram", [True, False])
@pytest.mark.parametrize("path", PATHS)
@given(st.binary(max_size=90), st.data())
def test_segments_are_concatenated(
    tmp_path_factory: pytest.TempPathFactory,
    path: str,
    in_ram: bool,  # noqa: FBT001
    data: bytes,
    drawn: st.DataObject,
) -> None:
    place = st.integers(0, len(data))
    spans = drawn.draw(st.lists(st.tuples(place, place).map(sorted), max_size=9))
    begins, ends = np.ascontiguousarray(np.array(spans, np.int64).reshape(-1, 2).T)
    with pytest.MonkeyPatch.context() as patch:
        if path == "numpy":
            patch.setattr(native, "core", None)
        patch.setattr("dedup.text.block_table.BYTES_PER_TRIM", drawn.draw(st.integers(1, 90)))
        patch.setattr("dedup.arrays.memory.ARRAYS_SHARE", 0)
        patch.setattr("dedup.arrays.memory.TABLES_SHARE", 0)
        patch.setattr("dedup.arrays.memory.MAX_RAM_ARRAY_BYTES", 0)
        limited = not in_ram and can_limit()
        memory = DiskMemory(tmp_path_factory.getbasetemp(), 800) if limited else IN_RAM
        utf8, offsets = gather_segments(np.frombuffer(data, np.uint8), begins, ends, memory)
    assert (memory.file_of(utf8) is None) == (not limited or not len(utf8))
    assert utf8.tobytes() == b"".join(data[begin:end] for begin, end in spans)
    assert np.diff(offsets).tolist() == (ends - begins).tolist()
