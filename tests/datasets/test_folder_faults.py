"""Folders that change, cannot be read or fill the disk: one clear line, and nothing written."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import dedup
from dedup import InputError, LedgerError, OutputError, clean_dataset, restore_dataset
from tests.small_disk import small_disk
from tests.text_folders import FILES, contents, fill

CHANGES: dict[str, Callable[[Path], object]] = {
    "other bytes": lambda crawl: (crawl / "mark.txt").write_bytes(b"\xef\xbb\xbfSomething else\r"),
    "longer": lambda crawl: (crawl / "empty.txt").write_bytes(b"no more"),
    "cleaned and changed": lambda crawl: (crawl / "b/twice.txt").write_bytes(b"once"),
    "no text by now": lambda crawl: (crawl / "b/twice.txt").write_bytes(b"\xff"),
    "vanished": lambda crawl: (crawl / "b/again.txt").unlink(),
    "renamed": lambda crawl: (crawl / "empty.txt").rename(crawl / "empty2.txt"),
    "one more": lambda crawl: (crawl / "b/new.txt").write_bytes(b"new"),
    "moved": lambda crawl: crawl.rename(crawl.with_name("moved")),
}


@pytest.fixture
def crawl(tmp_path: Path) -> Path:
    return fill(tmp_path / "crawl")


@pytest.mark.parametrize("change", CHANGES)
def test_a_folder_that_changes_meanwhile_is_noticed(
    crawl: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    decide = dedup.datasets.clean_dataset.decide  # type: ignore[attr-defined]

    def changing(*arguments: Any) -> object:  # noqa: ANN401
        CHANGES[change](crawl)
        return decide(*arguments)

    monkeypatch.setattr("dedup.datasets.clean_dataset.decide", changing)
    with pytest.raises(InputError, match=r"crawl changed while it was read, so nothing was"):
        clean_dataset([crawl], tmp_path / "out", ledger=tmp_path / "ledger")
    assert not {"out", "ledger"} & {path.name for path in tmp_path.iterdir()}


def test_a_file_that_cannot_be_read(crawl: Path, tmp_path: Path) -> None:
    files = contents(crawl)
    (crawl / "b/gone.txt").symlink_to("nowhere")
    out, ledger, back = (tmp_path / name for name in ("out", "ledger", "back"))
    with pytest.raises(InputError, match=r'gone.txt: links to a missing file; .* on_error="skip"'):
        clean_dataset([crawl], out)
    assert [path.name for path in tmp_path.iterdir()] == ["crawl"]
    report = clean_dataset([crawl], out, on_error="skip", ledger=ledger)
    assert (report.documents, report.bad) == (len(files) + 1, 1)
    assert not (out / "b/gone.txt").exists()
    restore_dataset(ledger, out, back)
    assert contents(back) == files


@pytest.mark.parametrize("named", [False, True])
def test_a_file_without_read_permission(
    crawl: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, named: bool
) -> None:
    read = Path.open

    def refusing(path: Path, *more: Any, **options: Any) -> object:  # noqa: ANN401
        if path.name == "mark.txt":
            raise PermissionError(13, "Permission denied", str(path))
        return read(path, *more, **options)

    monkeypatch.setattr(Path, "open", refusing)
    inputs = [crawl / "mark.txt", crawl / "a.txt"] if named else [crawl]
    with pytest.raises(
        InputError, match=r'mark.txt: cannot be read .permission denied.; .* on_error="skip"'
    ):
        clean_dataset(inputs, tmp_path / "out")
    assert clean_dataset(inputs, tmp_path / "out", on_error="skip").bad == 1
    assert not (tmp_path / "out/mark.txt").exists()


def test_a_skipped_file_that_can_be_read_later(
    crawl: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (crawl / "b/gone.txt").symlink_to("../../nowhere")
    decide = dedup.datasets.clean_dataset.decide  # type: ignore[attr-defined]

    def mending(*arguments: Any) -> object:  # noqa: ANN401
        (tmp_path / "nowhere").write_text("Here it is.")
        return decide(*arguments)

    monkeypatch.setattr("dedup.datasets.clean_dataset.decide", mending)
    with pytest.raises(InputError, match="changed while it was read"):
        clean_dataset([crawl], tmp_path / "out", on_error="skip")


def test_a_file_that_vanishes_while_all_are_read(
    crawl: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = dedup.datasets.formats.text_files.read_bytes  # type: ignore[attr-defined]

    def removing(path: Path, *, piped: bool) -> object:
        (crawl / "mark.txt").unlink(missing_ok=True)
        return read(path, piped=piped)

    monkeypatch.setattr("dedup.datasets.formats.text_files.read_bytes", removing)
    with pytest.raises(InputError, match=r"mark.txt: no such file; check the path"):
        clean_dataset([crawl], tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["crawl"]


@pytest.mark.parametrize("room", ["8k", "64k"])
def test_a_full_disk_loses_nothing(tmp_path: Path, room: str) -> None:
    files = {f"{n % 9}/{n}.txt": f"{n} ".encode() * 500 for n in range(100)}
    crawl = fill(tmp_path / "crawl", files)
    with small_disk(tmp_path / "disk", room) as disk:
        with pytest.raises(OutputError, match=r"disk/out.*\(no space left on device\)"):
            clean_dataset([crawl], disk / "out", tmp_dir=tmp_path)
        assert not list(disk.iterdir())
    clean_dataset([crawl], tmp_path / "disk/out", tmp_dir=tmp_path)
    assert contents(tmp_path / "disk/out") == files
    assert contents(crawl) == files


def test_overwriting_a_folder_changes_all_files_or_none(
    crawl: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {name: b"from before" for name in FILES if name not in ("a.txt", "b/again.txt")}
    fill(tmp_path / "out", before)
    moved = 0
    replace = Path.replace

    def failing(path: Path, target: Path) -> Path:
        nonlocal moved
        if path.suffix == ".tmp" and "out" in path.parts:
            moved += 1
            if moved == 4:
                raise OSError(5, "broken")
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", failing)
    with pytest.raises(OutputError, match="cannot be written"):
        clean_dataset([crawl], tmp_path / "out")
    assert contents(tmp_path / "out") == before


def test_a_ledger_and_folder_that_do_not_match_are_refused(crawl: Path, tmp_path: Path) -> None:
    ledger, out = tmp_path / "ledger", tmp_path / "out"
    clean_dataset([crawl], out, ledger=ledger)
    lines = ledger.read_bytes().splitlines(keepends=True)
    entries = [*map(json.loads, lines[1:])]
    files = [line.get("file") or line["id"] for line in entries if "field" not in line]
    assert files == sorted(FILES, key=os.fsencode)

    def refused(*damaged: bytes, said: str) -> None:
        (tmp_path / "damaged").write_bytes(b"".join(damaged))
        with pytest.raises(LedgerError, match=f"damaged .*{said}"):
            restore_dataset(tmp_path / "damaged", [out], tmp_path / "back")
        assert not (tmp_path / "back").exists()

    refused(*lines[:-1], said="does not restore .*crawl: the ledger is cut off")
    said = "is not a ledger of records: line [0-9]+ is not a JSON object; give"
    refused(*lines[:-1], lines[-1][:-3], said=said)
    refused(*lines[:2], *lines[3:], said="does not restore .*crawl")
    refused(lines[0], lines[1].replace(b"a.txt", b"../a.txt"), said="outside the folder")
    refused(lines[0], lines[1].replace(b"a.txt", b"/a.txt"), said="outside the folder")
    refused(lines[0].replace(b'"version":2', b'"version":7'), said="has version 7")
    refused(lines[0].replace(b"records", b"recorded"), said=r"is damaged \(KeyError\('records'\)\)")
    with pytest.raises(LedgerError, match="name the cleaned folder, and"):
        restore_dataset(ledger, [out / "empty.txt"], tmp_path / "back")
    with pytest.raises(LedgerError, match="name the cleaned folder, and"):
        restore_dataset(ledger, [out, out], tmp_path / "back")
    for target, said in (
        ("-", "choose .* with -o FOLDER"),
        (ledger, "choose .* with -o FOLDER"),
        (out, "or around it"),
    ):
        with pytest.raises(OutputError, match=said):
            restore_dataset(ledger, [out], target)
    (out / "more.txt").write_text("another's")  # is in nobody's way
    (out / "mark.txt").write_text("changed")
    refused(*lines, said="does not restore .*crawl")
    (out / "mark.txt").unlink()
    with pytest.raises(InputError, match=r"mark.txt: no such file"):
        restore_dataset(ledger, [out], tmp_path / "back")
