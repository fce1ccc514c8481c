"""The labelled texts: what was judged to be a copy of what.

Of some sets chosen pairs were judged, each by itself, and nothing is known of the others. Of the
other sets all pairs are known: texts of one cluster are copies, and no others.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from benchmarks.corpora import folder, records
from dedup import Pairs, connected_components
from dedup.config import Preset

I64 = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Record = Mapping[str, Any]
Figure = Literal["f1", "recall", "precision"]


@dataclass(frozen=True, slots=True)
class Judged:
    """Pairs of rows, and which of them are copies."""

    left: I64
    right: I64
    copy: Flags


@dataclass(frozen=True, slots=True)
class Labelled:
    """Some texts with their labels: judged pairs, or (n,) the number of each text's cluster."""

    name: str
    texts: list[str]
    labels: Judged | I64


@dataclass(frozen=True, slots=True)
class Source:
    """A folder of labelled texts.

    ``labels`` are ``"judged"``: pairs, the others unknown; ``"pairs"``: pairs, the others are
    different; ``"clusters"``. ``figure`` is what its labels can tell, ``preset`` what such
    texts are meant to be cleaned with.
    """

    name: str
    labels: Literal["judged", "pairs", "clusters"]
    preset: Preset
    figure: Figure = "f1"
    part: str | None = None  # the field by which it falls into collections
    titled: bool = False  # whether the title is a part of the text


NEWS_PAIRS = Path(__file__).parents[1] / "tests" / "matching" / "news_pairs.jsonl"
SOURCES = (
    Source("news_pairs", "pairs", "news"),  # self-written, in the repository
    Source("reuters_judged", "judged", "news"),
    Source("trove_judged", "judged", "news"),
    Source("mccormick", "pairs", "news", part="subset"),
    Source("ndd100", "pairs", "news"),
    Source("newsgroups", "clusters", "strict", "recall"),
    Source("bln600", "pairs", "ocr"),
    Source("scoop", "clusters", "short", titled=True),
    Source("extraction_a", "clusters", "web"),
    Source("newspaper_a", "clusters", "web"),
    Source("clough_stevenson", "judged", "web"),
    Source("tgcontest", "judged", "news", "precision"),
    Source("mrpc", "judged", "strict", "precision"),
)


def read(source: Source) -> list[Labelled]:
    """Return the collections of a folder, most often one.

    Raises
    ------
    FileNotFoundError
        When it is not here.
    """
    if source.name == NEWS_PAIRS.stem:
        pairs = [json.loads(line) for line in NEWS_PAIRS.read_text("utf-8").splitlines()]
        texts = [{"id": f"{p['id']} {side}", "text": p[side]} for p in pairs for side in "ab"]
        labels = [{"a": f"{p['id']} a", "b": f"{p['id']} b", "dup": p["duplicate"]} for p in pairs]
        return collections(source, texts, labels)
    place = folder() / "labelled" / source.name
    kind = "clusters" if source.labels == "clusters" else "pairs"
    return collections(source, *(_read(place, name) for name in ("articles", kind)))


def _read(place: Path, name: str) -> list[dict[str, Any]]:
    return records(place / f"{name}.jsonl.zst")


def collections(
    source: Source, articles: Iterable[Record], labels: Iterable[Record]
) -> list[Labelled]:
    """Return what ``read`` does, of records in memory. Texts without a word are left out."""
    parts: dict[str, dict[str, str]] = {}
    for article in articles:
        name = f"{source.name} {article[source.part]}" if source.part else source.name
        text = article["text"] or ""
        if source.titled:
            text = f"{article['title']}\n{text}"
        if text.strip():
            parts.setdefault(name, {})[article["id"]] = text
    labels = list(labels)
    return [
        Labelled(name, list(texts.values()), LABELS[source.labels](list(texts), labels))
        for name, texts in parts.items()
    ]


def _judged(ids: list[str], labels: Iterable[Record]) -> Judged:
    row = {name: number for number, name in enumerate(ids)}
    known = [pair for pair in labels if pair["dup"] is not None]
    known = [pair for pair in known if pair["a"] in row and pair["b"] in row]
    ends = np.array([[row[pair["a"]], row[pair["b"]]] for pair in known], np.int64).reshape(-1, 2)
    return Judged(ends[:, 0], ends[:, 1], np.array([pair["dup"] for pair in known], np.bool_))


def _linked(ids: list[str], labels: Iterable[Record]) -> I64:
    pairs = _judged(ids, labels)
    left, right = pairs.left[pairs.copy], pairs.right[pairs.copy]
    return connected_components(Pairs(left, right, np.ones(len(left), np.float32)), len(ids))


def _clustered(ids: list[str], labels: Iterable[Record]) -> I64:
    cluster = {label["id"]: label["cluster"] for label in labels}
    return np.unique([cluster[name] for name in ids], return_inverse=True)[1].astype(np.int64)


LABELS: dict[str, Callable[[list[str], Iterable[Record]], Judged | I64]] = {
    "judged": _judged,
    "pairs": _linked,
    "clusters": _clustered,
}
