"""W4: what an index says piece by piece is what one batch says."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup import Config, Index, IndexMatches, backend, deduplicate
from dedup.decide import KEEP
from dedup.engine import match_texts
from dedup.text.packed import pack
from index.stories import contents
from index.streams import Step, steps, streams

Said = TypeVar("Said")
CONFIGS = {
    "containment": Config(),
    "low": Config(threshold=0.4, ngram_size=2),
    "all words": Config(threshold=1.0, ngram_size=1),
    "jaccard": Config(measure="jaccard", threshold=0.6, ngram_size=3),
    "letters": Config(unit="char", threshold=0.6, numeric_variants="remove"),
    "ocr": Config.preset("ocr"),
}


@pytest.fixture(params=["numpy", "compiled"])
def path_of_work(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    limit = 0 if request.param == "compiled" else 1 << 40
    monkeypatch.setattr(backend, "SMALL_BYTES", limit)
    monkeypatch.setattr(backend, "LOADED_BYTES", limit)


class Both:
    """An index in memory and one in a file, which say the same."""

    def __init__(self, path: Path, config: Config) -> None:
        self._path = path
        self._memory, self._file = Index(None, config), Index(path, config)

    def each(self, do: Callable[[Index], Said]) -> Said:
        """Do something with both; return what they said."""
        one, other = do(self._memory), do(self._file)
        assert one == other
        return one

    def open_again(self) -> None:
        self._file.close()
        self._file = Index(self._path)

    def close(self) -> None:
        self._file.close()


def expected(
    kept: list[tuple[int, str | None]], ids: list[int], texts: list[str | None], config: Config
) -> list[tuple[bool, int | None, float, bool, int | None]]:
    """Return what a batch of all texts says of the last ones, where those before stand."""
    names = [name for name, _ in kept] + ids
    packed = pack([text for _, text in kept] + texts)
    found, counts = match_texts(
        packed.utf8, packed.offsets, config, order_of=KEEP["first"], given=len(kept)
    )
    said = []
    for row in range(len(kept), len(names)):
        of, like = int(found.witness[row]), int(found.numeric_variant[row])
        keep = of == row
        exact = not keep and found.leader[of] == found.leader[row]
        said.append(
            (
                keep,
                None if keep else names[of],
                float(np.float32(found.similarity[row])),
                bool(exact),
                None if like == row or not keep else names[like],
            )
        )
    assert len(counts) == len(names)
    return said


def said(matches: IndexMatches) -> list[tuple[bool, object, float, bool, object]]:
    return list(
        zip(
            matches.keep.tolist(),
            matches.witness,
            matches.similarity.tolist(),
            matches.exact.tolist(),
            matches.numeric_variant,
            strict=True,
        )
    )


@pytest.mark.usefixtures("path_of_work")
@pytest.mark.parametrize("name", CONFIGS)
def test_an_index_says_what_a_batch_says(
    name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    config = CONFIGS[name]

    @settings(max_examples=settings().max_examples // 5)
    @given(streams(), steps)
    def check(texts: list[str | None], doing: list[Step]) -> None:
        both = Both(tmp_path_factory.mktemp("index") / "seen.db", config)
        kept: list[tuple[int, str | None]] = []
        at = 0
        for step in [*doing, Step("add", len(texts))]:
            some = texts[at : at + step.count]
            ids = list(range(at, at + len(some)))
            if step.what == "add":
                told = both.each(lambda index: said(index.add(ids, some)))  # noqa: B023  at once
                assert told == expected(kept, ids, some, config)
                kept += [
                    pair
                    for pair, (keep, *_) in zip(zip(ids, some, strict=True), told, strict=True)
                    if keep
                ]
                at += len(some)
            elif step.what == "query":
                each = [expected(kept, [-1], [text], config)[0] for text in some]
                assert both.each(lambda index: said(index.query(some))) == each  # noqa: B023
            elif step.what == "reopen":
                both.open_again()
            else:
                gone = {kept[place][0] for place in step.chosen if place < len(kept)}
                assert both.each(lambda index: index.remove(gone)) == len(gone)  # noqa: B023
                kept = [pair for pair in kept if pair[0] not in gone]
            assert both.each(list) == [one for one, _ in kept]
        assert both.each(contents) == kept
        assert both.each(len) == len(kept)
        both.close()

    check()


@given(streams(), st.sampled_from(sorted(CONFIGS)), st.integers(1, 7))
def test_an_index_keeps_what_deduplicate_keeps(
    texts: list[str | None], name: str, size: int
) -> None:
    result = deduplicate(texts, CONFIGS[name], keep="first")
    index, kept = Index(None, CONFIGS[name]), []
    for start in range(0, len(texts), size):
        some = texts[start : start + size]
        kept += index.add(range(start, start + len(some)), some).keep.tolist()
    assert kept == result.keep.tolist()


@given(streams(), st.integers(1, 7))
def test_versions_are_found_whatever_the_batches(texts: list[str | None], size: int) -> None:
    whole, pieces = Index(), Index()
    found = []
    for start in range(0, len(texts), size):
        some = texts[start : start + size]
        found += pieces.add(range(start, start + len(some)), some).supersedes
    assert found == whole.add(range(len(texts)), texts).supersedes
