"""The texts that are compared on."""

import json
from collections.abc import Sequence
from pathlib import Path

from benchmarks.corpora import articles, paragraphs
from benchmarks.generated_texts import dump
from benchmarks.peers.protocol import NGRAM_SIZE

CORPORA = ("reuters21578", "allsides", "trove_press_refugees", "paragraphs", "dump")
SHIFTED = 300
LONG = 100  # words


def read(name: str, start: int, count: int) -> list[str]:
    """Return `count` texts from `start` on, of those of five words or more."""
    if name == "dump":
        texts = dump(start + count).texts
    elif name == "paragraphs":
        texts = paragraphs("trove_press_refugees", "allsides")
    else:
        texts = articles(name)
    return [text for text in texts if len(text.split()) >= NGRAM_SIZE][start : start + count]


def planted(texts: list[str]) -> tuple[list[str], int]:
    """Append a copy of the first long text; return which it was."""
    original = next(row for row, text in enumerate(texts) if len(text.split()) >= LONG)
    return [*texts, texts[original]], original


def shifted(texts: list[str]) -> list[str]:
    """Return n long texts, then the n in the same order, each with one word before it."""
    long = [text for text in texts if len(text.split()) >= LONG][:SHIFTED]
    return [*long, *(f"updated {text}" for text in long)]


def write(texts: Sequence[str], path: Path) -> Path:
    """Write a file of JSON lines, whose ids are the rows."""
    # In UTF-8 as news comes: escapes would take a parser half as long again.
    records = ({"id": row, "text": text} for row, text in enumerate(texts))
    lines = [json.dumps(record, ensure_ascii=False) for record in records]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
