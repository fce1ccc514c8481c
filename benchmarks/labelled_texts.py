"""Read texts with labels: which texts are copies of which.

Some sets have judged pairs: people judged chosen pairs, and nothing is known about other pairs. The
other sets have clusters: texts of one cluster are copies of each other, texts of two clusters are
not.
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
Rate = Literal["f1", "recall", "precision"]


@dataclass(frozen=True, slots=True)
class Judged:
    """Judged pairs of rows."""

    left: I64  # (pairs,)
    right: I64  # (pairs,)
    copy: Flags  # (pairs,): judged to be copies


@dataclass(frozen=True, slots=True)
class Labelled:
    """Texts with labels: judged pairs, or the cluster number of each text, (n,)."""

    name: str
    texts: list[str]
    labels: Judged | I64


@dataclass(frozen=True, slots=True)
class Source:
    """A folder of labelled texts.

    Attributes
    ----------
    labels
        ``"judged"``: judged pairs; ``"pairs"``: all pairs of copies, which make clusters;
        ``"clusters"``: the cluster of each text.
    preset
        The preset meant for such texts.
    rate
        The rate that these labels can measure.
    part
        Field that splits the folder into several sets.
    titled
        Whether the title is part of the text.
    """

    name: str
    labels: Literal["judged", "pairs", "clusters"]
    preset: Preset
    rate: Rate = "f1"
    part: str | None = None
    titled: bool = False


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
    """Return the sets of a folder, usually one.

    Raises
    ------
    FileNotFoundError
        If the files are missing.
    """
    if source.name == NEWS_PAIRS.stem:
        pairs = [json.loads(line) for line in NEWS_PAIRS.read_text("utf-8").splitlines()]
        texts = [{"id": f"{p['id']} {side}", "text": p[side]} for p in pairs for side in "ab"]
        labels = [{"a": f"{p['id']} a", "b": f"{p['id']} b", "dup": p["duplicate"]} for p in pairs]
        return labelled_sets(source, texts, labels)
    place = folder() / "labelled" / source.name
    kind = "clusters" if source.labels == "clusters" else "pairs"
    return labelled_sets(source, *(_read(place, name) for name in ("articles", kind)))


def _read(place: Path, name: str) -> list[dict[str, Any]]:
    return records(place / f"{name}.jsonl.zst")


def labelled_sets(
    source: Source, articles: Iterable[Record], labels: Iterable[Record]
) -> list[Labelled]:
    """Return the sets in records of articles and labels. Blank texts are left out."""
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
    """Return the judged pairs of texts that exist; pairs judged as doubtful are left out."""
    row_of_id = {text_id: row for row, text_id in enumerate(ids)}
    pairs = [pair for pair in labels if pair["dup"] is not None]
    pairs = [pair for pair in pairs if pair["a"] in row_of_id and pair["b"] in row_of_id]
    rows = [[row_of_id[pair["a"]], row_of_id[pair["b"]]] for pair in pairs]
    left, right = np.array(rows, np.int64).reshape(-1, 2).T
    return Judged(left, right, np.array([pair["dup"] for pair in pairs], np.bool_))


def _linked(ids: list[str], labels: Iterable[Record]) -> I64:
    """Return the clusters that the pairs of copies make."""
    pairs = _judged(ids, labels)
    left, right = pairs.left[pairs.copy], pairs.right[pairs.copy]
    return connected_components(Pairs(left, right, np.ones(len(left), np.float32)), len(ids))


def _clustered(ids: list[str], labels: Iterable[Record]) -> I64:
    cluster = {label["id"]: label["cluster"] for label in labels}
    return np.unique([cluster[text_id] for text_id in ids], return_inverse=True)[1].astype(np.int64)


LABELS: dict[str, Callable[[list[str], Iterable[Record]], Judged | I64]] = {
    "judged": _judged,
    "pairs": _linked,
    "clusters": _clustered,
}
