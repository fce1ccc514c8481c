"""Folders of text files for tests, and a reader of their contents."""

import os
from collections.abc import Mapping
from pathlib import Path

STORY = (
    "the ferry was late again and nobody on the pier could say why it was so late though the "
    "company blamed the tide and the moon"
)
BODY = (
    "The council has promised a report on how it came to be that the pier was closed for so long."
)
TWICE = f"Headline\n{BODY}\n{BODY}\n"
ONCE = f"Headline\n{BODY}\n"
FILES = {
    "a.txt": STORY.encode(),
    "b/again.txt": STORY.title().encode(),
    "b/twice.txt": TWICE.encode(),
    "c d/long\ner.md": f"{STORY} but they waited\r\n".encode(),
    "empty.txt": b"",
    "mark.txt": b"\xef\xbb\xbfsomething else\r",
    os.fsdecode(b"z\xff.txt"): b"a name that is no text",
}


def fill(folder: Path, files: Mapping[str, bytes] = FILES) -> Path:
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    """Map the path of each file below a folder, hidden ones included, to its bytes."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }
