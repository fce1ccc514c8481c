"""The folder of real texts, where there is one, and how its files are read."""

import io
import json
import os
from pathlib import Path
from typing import Any

BESIDE = Path(__file__).resolve().parents[2] / "shared" / "data"


def folder() -> Path:
    """Return ``DEDUP_DATA``, or the place beside this clone where it is looked for."""
    return Path(os.environ.get("DEDUP_DATA") or BESIDE)


def records(path: Path) -> list[dict[str, Any]]:
    """Return the objects of a compressed file of JSON lines.

    Raises
    ------
    FileNotFoundError
        When there is no such file; it says what to set.
    """
    import zstandard  # noqa: PLC0415  needed for the real texts only

    if not path.is_file():
        raise FileNotFoundError(f"no articles at {path}: set DEDUP_DATA to the corpora's folder")
    with path.open("rb") as file, zstandard.ZstdDecompressor().stream_reader(file) as stream:
        return [json.loads(line) for line in io.TextIOWrapper(stream, encoding="utf-8")]


def articles(*names: str) -> list[str]:
    """Return the texts of real corpora, one after the other."""
    paths = (folder() / name / "articles.jsonl.zst" for name in names)
    return [str(record["text"]) for path in paths for record in records(path)]


def paragraphs(*names: str) -> list[str]:
    """Return the lines of real corpora that are not blank."""
    lines = (line for text in articles(*names) for line in text.splitlines())
    return [line for line in lines if not line.isspace() and line]
