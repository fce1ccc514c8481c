"""The texts that dedup and its peers are compared on."""

import json
from collections.abc import Sequence
from pathlib import Path

from benchmarks.corpora import articles, paragraphs
from benchmarks.generated_texts import dump
from benchmarks.peers.protocol import NGRAM_SIZE

CORPORA = ("reuters21578", "allsides", "trove_press_refugees", "paragraphs", "dump")
SHIFTED_PAIRS = 300
MIN_LONG_WORDS = 100


def read(name: str, start: int, count: int) -> list[str]:
    """Return `count` texts from number `start` on; texts of fewer than five words are left out."""
    if name == "dump":
        texts = dump(start + count).texts
    elif name == "paragraphs":
        texts = paragraphs("trove_press_refugees", "allsides")
    else:
        texts = articles(name)
    return [text for text in texts if len(text.split()) >= NGRAM_SIZE][start : start + count]


def planted(texts: list[str]) -> tuple[list[str], int]:
    """Append a copy of the first long text; return the texts and the row of the original."""
    original = next(row for row, text in enumerate(texts) if len(text.split()) >= MIN_LONG_WORDS)
    return [*texts, texts[original]], original


def shifted(texts: list[str]) -> list[str]:
    """Return n long texts, then the same n texts with one word put before each."""
    long = [text for text in texts if len(text.split()) >= MIN_LONG_WORDS][:SHIFTED_PAIRS]
    return [*long, *(f"updated {text}" for text in long)]


def write(texts: Sequence[str], path: Path) -> Path:
    """Write JSON lines with the row number as id."""
    # UTF-8, as real files have it: with escapes, parsing takes half as long again.
    records = ({"id": row, "text": text} for row, text in enumerate(texts))
    lines = [json.dumps(record, ensure_ascii=False) for record in records]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
