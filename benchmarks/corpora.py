"""Read real texts from the folder ``DEDUP_DATA``."""

import io
import json
import os
from pathlib import Path
from typing import Any

DEFAULT_FOLDER = Path(__file__).resolve().parents[2] / "shared" / "data"


def folder() -> Path:
    """Return the folder ``DEDUP_DATA``, or a default beside this clone."""
    return Path(os.environ.get("DEDUP_DATA") or DEFAULT_FOLDER)


def records(path: Path) -> list[dict[str, Any]]:
    """Return the objects of JSON lines compressed with zstd.

    Raises
    ------
    FileNotFoundError
        If the file is missing; the message names ``DEDUP_DATA``.
    """
    import zstandard  # noqa: PLC0415  only needed for real texts

    if not path.is_file():
        raise FileNotFoundError(f"no articles at {path}: set DEDUP_DATA to the corpora's folder")
    with path.open("rb") as file, zstandard.ZstdDecompressor().stream_reader(file) as stream:
        return [json.loads(line) for line in io.TextIOWrapper(stream, encoding="utf-8")]


def articles(*names: str) -> list[str]:
    """Return the texts of real corpora, in the order of the names."""
    paths = (folder() / name / "articles.jsonl.zst" for name in names)
    return [str(record["text"]) for path in paths for record in records(path)]


def paragraphs(*names: str) -> list[str]:
    """Return the lines of real corpora that are not blank."""
    lines = (line for text in articles(*names) for line in text.splitlines())
    return [line for line in lines if not line.isspace() and line]
