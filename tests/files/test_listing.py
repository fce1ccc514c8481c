"""The files of a folder or a pattern, and their order."""

import os
from pathlib import Path

import pytest

from dedup import InputError
from dedup.files.listing import is_folder_or_pattern, list_files, root_folder, total_bytes

NAMES = ["a.txt", "b.md", "sub/a.txt", "sub/deep/c.txt", "sub-b/a.txt", "é/x y\n.txt", "-"]


@pytest.fixture
def crawl(tmp_path: Path) -> Path:
    root = tmp_path / "crawl"
    for name in [*NAMES, ".hidden", ".git/config", "sub/.hidden.txt"]:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    (root / "empty").mkdir()
    return root


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("", ["-", "a.txt", "b.md", "sub-b/a.txt", "sub/a.txt", "sub/deep/c.txt", "é/x y\n.txt"]),
        ("**", ["-", "a.txt", "b.md", "sub-b/a.txt", "sub/a.txt", "sub/deep/c.txt", "é/x y\n.txt"]),
        ("*.txt", ["a.txt"]),
        ("*", ["-", "a.txt", "b.md"]),
        ("*/*", ["sub-b/a.txt", "sub/a.txt", "é/x y\n.txt"]),
        (
            "**/*.txt",
            ["a.txt", "sub-b/a.txt", "sub/a.txt", "sub/deep/c.txt", "é/x y\n.txt"],
        ),
        ("**/deep/**", ["sub/deep/c.txt"]),
        ("s?b*/[ab].txt", ["sub-b/a.txt", "sub/a.txt"]),
        ("[!a].md", ["b.md"]),
        ("*.none", []),
        (".*", []),
    ],
)
def test_files_that_a_pattern_matches(crawl: Path, pattern: str, found: list[str]) -> None:
    listing = list_files(crawl / pattern if pattern else crawl)
    assert listing == (crawl, found)


def test_a_pattern_below_a_folder_is_told_from_a_file_of_that_name(
    crawl: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(crawl)
    assert list_files(Path("sub/*.txt")) == (Path("sub"), ["a.txt"])
    assert list_files(Path("s*/*.txt")) == (Path(), ["sub-b/a.txt", "sub/a.txt"])
    assert root_folder(Path("s*/*.txt")) == Path()
    Path("s*").write_text("a star")
    assert not is_folder_or_pattern(Path("s*"))
    assert list_files(Path("s*")) == (Path(), ["s*"])
    assert list_files(Path("none.txt")) == (Path(), ["none.txt"])
    assert not is_folder_or_pattern(Path("-"))


def test_links_devices_and_pipes(crawl: Path) -> None:
    (crawl / "sub/up").symlink_to("..")
    (crawl / "to a file").symlink_to("a.txt")
    (crawl / "to nothing").symlink_to("nowhere")
    (crawl / "to itself").symlink_to("to itself")
    os.mkfifo(crawl / "pipe")
    found = set(list_files(crawl).names)
    assert found == {*NAMES, "to a file", "to nothing", "to itself"}
    assert len(list_files(crawl / "sub/**").names) == 2
    (crawl.parent / "link").symlink_to("crawl")
    assert set(list_files(crawl.parent / "link").names) == found  # it was named


@pytest.mark.skipif(os.name == "nt", reason="names are texts there")
def test_names_that_are_not_utf8(tmp_path: Path) -> None:
    for name in (b"\xff.txt", b"\xc3\xa9.txt", b"z.txt"):
        (tmp_path / os.fsdecode(name)).write_text("x")
    assert list_files(tmp_path / "*.txt").names == ["z.txt", "é.txt", "\udcff.txt"]


def test_folders_that_cannot_be_listed(crawl: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match=r"none: no such file; check the path"):
        list_files(crawl / "none/*.txt")
    with pytest.raises(InputError, match=r"a.txt: cannot be listed: not a directory"):
        list_files(crawl / "a.txt/*.txt")
    scan = os.scandir

    def locked(path: str) -> object:
        if path.endswith("deep"):
            raise PermissionError(13, "", path)
        return scan(path)

    monkeypatch.setattr(os, "scandir", locked)
    with pytest.raises(InputError, match=r"sub/deep: cannot be read .permission denied.; check"):
        list_files(crawl)


def test_the_size_of_a_folder(crawl: Path) -> None:
    (crawl / "to nothing").symlink_to("nowhere")
    assert total_bytes(list_files(crawl)) == sum(len(name.encode()) for name in NAMES)
