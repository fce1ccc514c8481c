"""``dedup-clean --index``: new records are written once, whatever fails meanwhile."""

import json
import os
import signal
import sqlite3
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from dedup import ConfigError, Index, InputError, clean_dataset, read_ledger
from dedup.cli.main import main
from dedup.files.staged import StagedFiles
from tests.command_runner import Run, workplace
from tests.file_operations import signal_at

FERRY = "The ferry was late again, and nobody on the pier could say why it was so this time."
MAYOR = "Something else happened in town: the mayor promised a new bridge by the end of May."
LONGER = f"{FERRY} Only the gulls were there in time, as they have been on every other day."
RAIN = "Rain is expected along the whole coast, and snow above the tree line in the evening."
SHIP = "A ship with a cargo of timber ran aground near the lighthouse, and was towed at noon."
MONDAY = [("m1", FERRY), ("m2", MAYOR), ("m3", FERRY.upper()), ("m4", None), ("m5", "")]
TUESDAY = [("t1", RAIN), ("t2", MAYOR), ("m1", FERRY), ("t3", LONGER), ("t4", SHIP), ("t5", SHIP)]


def lines_of(records: Sequence[tuple[Any, str | None]]) -> bytes:
    found = [json.dumps({"id": name, "text": text}) + "\n" for name, text in records]
    return "".join(found).encode()


def ids_of(lines: bytes) -> list[Any]:
    return [json.loads(line)["id"] for line in lines.splitlines()]


def indexed(path: Path) -> dict[Any, str | None]:
    with Index(path) as index:
        return {item.id: item.text for item in index.export()}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with workplace(tmp_path, monkeypatch):
        (tmp_path / "monday.jsonl").write_bytes(lines_of(MONDAY))
        (tmp_path / "tuesday.jsonl").write_bytes(lines_of(TUESDAY))
        yield tmp_path


OPTIONS = ("--index", "seen.db", "--id-key", "id")


def test_new_records_are_written(run: Run, folder: Path) -> None:
    first = run("monday.jsonl", *OPTIONS)
    assert (first.code, ids_of(first.out)) == (0, ["m1", "m2", "m4", "m5"])
    second = run("tuesday.jsonl", *OPTIONS)
    assert (second.code, ids_of(second.out)) == (0, ["t1", "t3", "t4"])
    # The same runs again, in whatever order, say the same again.
    assert run("tuesday.jsonl", *OPTIONS).out == second.out
    assert run("monday.jsonl", *OPTIONS) == first
    assert list(indexed(folder / "seen.db")) == ["m1", "m2", "m4", "m5", "t1", "t3", "t4"]
    # To another run all is known.
    both = run("monday.jsonl", "tuesday.jsonl", *OPTIONS)
    assert ids_of(both.out) == ["m4", "m5"]


def test_several_files_and_folders(run: Run, folder: Path) -> None:
    once = run("monday.jsonl", "tuesday.jsonl", *OPTIONS, "-o", "out/")
    assert once.code == 0
    assert ids_of((folder / "out" / "monday.jsonl").read_bytes()) == ["m1", "m2", "m4", "m5"]
    assert ids_of((folder / "out" / "tuesday.jsonl").read_bytes()) == ["t1", "t3", "t4"]
    pages = folder / "pages" / "deep"
    pages.mkdir(parents=True)
    for name, text in {"ferry": LONGER, "new": f"{RAIN[::-1]} {SHIP[::-1]}"}.items():
        (pages / f"{name}.txt").write_text(text)
    for _ in range(2):
        assert run("pages", "--index", "seen.db", "-o", "clean").code == 0
        assert [path.name for path in (folder / "clean").rglob("*.txt")] == ["new.txt"]
        (folder / "clean" / "deep" / "new.txt").unlink()
    assert len(indexed(folder / "seen.db")) == 8


def test_annotated_records_name_what_the_index_has(run: Run, folder: Path) -> None:
    run("monday.jsonl", *OPTIONS)
    lines = run("tuesday.jsonl", *OPTIONS, "--annotate").out.splitlines()
    found = [json.loads(line) for line in lines]
    assert [record["dedup_keep"] for record in found] == [True, False, False, True, True, False]
    assert [record["dedup_witness"] for record in found] == [None, "m2", "m1", None, None, "t4"]
    assert [record["dedup_similarity"] for record in found][1] == 1
    assert [*indexed(folder / "seen.db")] == ["m1", "m2", "m4", "m5", "t1", "t3", "t4"]


def test_a_witness_of_the_same_run_is_named_by_its_record(run: Run, folder: Path) -> None:
    run("monday.jsonl", "--index", "seen.db", "-o", "clean.jsonl")
    with Index("seen.db") as index:
        (old,) = {item.id for item in index.export() if item.text == MAYOR}
    given = ("tuesday.jsonl", "--index", "seen.db")
    report = json.loads(run(*given, "--json", "--report", "page.html").out)
    # Record 2 repeats a text of the earlier run, record 6 one of this run.
    witness_of = {copy["record"]: copy["of_record"] for copy in report["copies"]}
    assert (witness_of[2], witness_of[6]) == (old, 5)
    page = (folder / "page.html").read_text("utf-8")
    assert ">kept: 5</p><div" in page
    assert f">kept: {old}</p><p>This text is in the index.</p>" in page
    assert "6  removed: exact copy of 5" in run(*given, "--diff").out.decode()
    run(*given, "-o", "new.jsonl", "--ledger", "ledger")
    witnesses = read_ledger("ledger").to_arrow()["witness_record"].to_pylist()
    assert (witnesses[0], witnesses[-1]) == (None, 5)


def test_a_record_that_is_updated_later_is_named_by_its_id(run: Run, folder: Path) -> None:
    run("monday.jsonl", *OPTIONS)
    (folder / "next.jsonl").write_bytes(lines_of([("n1", MAYOR), ("m2", RAIN), ("n2", RAIN)]))
    run("next.jsonl", *OPTIONS, "-o", "new.jsonl", "--ledger", "ledger", "--report", "page.html")
    witnesses = read_ledger("ledger").to_arrow()["witness_record"].to_pylist()
    assert witnesses == [None, 2]
    page = (folder / "page.html").read_text("utf-8")
    assert page.count("This text is in the index.") == 1


@pytest.mark.parametrize("flag", ["--check", "--dry-run", "--json"])
def test_a_run_without_output_adds_nothing(run: Run, folder: Path, flag: str) -> None:
    run("monday.jsonl", *OPTIONS, "-o", "out.jsonl")
    before = indexed(folder / "seen.db")
    assert run("tuesday.jsonl", *OPTIONS, flag).code == (flag == "--check")
    assert indexed(folder / "seen.db") == before
    assert ids_of(run("tuesday.jsonl", *OPTIONS).out) == ["t1", "t3", "t4"]


@pytest.mark.parametrize("flag", ["--check", "--dry-run", "--json"])
def test_a_run_without_output_creates_no_index(run: Run, folder: Path, flag: str) -> None:
    assert run("monday.jsonl", *OPTIONS, flag).code == (flag == "--check")
    assert not (folder / "seen.db").exists()


def test_an_empty_name_is_no_index(run: Run, folder: Path) -> None:
    outcome = run("monday.jsonl", "--index", "", "-o", str(folder / "out.jsonl"))
    assert outcome.code == 2
    assert "--index must be a file or the address of a server" in outcome.err


def test_a_ledger_restores_the_inputs(run: Run, folder: Path) -> None:
    run("monday.jsonl", *OPTIONS)
    names = ("monday.jsonl", "tuesday.jsonl")
    assert run(*names, *OPTIONS, "-o", "out/", "--ledger", "ledger.zst").code == 0
    assert run("restore", "ledger.zst", "out", "-o", "again").code == 0
    for name in names:
        assert (folder / "again" / name).read_bytes() == (folder / name).read_bytes()


def test_numbers_and_strings_are_ids_and_texts_name_themselves(run: Run, folder: Path) -> None:
    records = [(7, FERRY), ("7", MAYOR), (-1, RAIN)]
    (folder / "in.jsonl").write_bytes(lines_of(records) + json.dumps({"text": SHIP}).encode())
    assert len(run("in.jsonl", *OPTIONS).out.splitlines()) == 4
    *known, digest = indexed(folder / "seen.db")
    assert known == [7, "7", -1] and isinstance(digest, str) and len(digest) == 32
    run("monday.jsonl", "--index", "other.db")
    assert {len(str(name)) for name in indexed(folder / "other.db")} == {32, len("missing")}


@pytest.mark.parametrize("wrong", [1.5, True, ["a"], {"a": 1}, 2**64 - 1, 1 << 70, "\ud800"])
def test_invalid_ids_are_refused(run: Run, folder: Path, wrong: Any) -> None:  # noqa: ANN401
    (folder / "in.jsonl").write_bytes(lines_of([("a", FERRY), (wrong, MAYOR)]))
    outcome = run("in.jsonl", *OPTIONS, "-o", "out.jsonl")
    assert outcome.is_error("in.jsonl: record 2: the id must be a string or a whole number")
    assert not (folder / "out.jsonl").exists()
    assert indexed(folder / "seen.db") == {}


@pytest.mark.parametrize(
    "more",
    [
        ("-o", "seen.db"),
        ("-o", "link.jsonl"),
        ("-o", "seen.db-wal"),
        ("-o", "out.jsonl", "--blocks", "--patterns", "seen.db"),
        ("-o", "out.jsonl", "--stats", "seen.db"),
        ("-o", "out.jsonl", "--ledger", "seen.db-shm"),
        ("--in-place", "--format", "jsonl", "seen.db"),
    ],
)
def test_an_index_is_no_output_and_no_input(run: Run, folder: Path, more: tuple[str, ...]) -> None:
    run("monday.jsonl", *OPTIONS, "-o", "out.jsonl")
    (folder / "link.jsonl").symlink_to("seen.db")
    before = indexed(folder / "seen.db")
    found = run("tuesday.jsonl", *OPTIONS, *more)
    assert found.code == 2
    assert "two outputs have this path" in found.err or "is an input" in found.err
    assert indexed(folder / "seen.db") == before


@pytest.mark.parametrize("shards", [(), ("--shard-size", "1MB")])
def test_an_index_is_no_file_of_an_output_folder(
    run: Run, folder: Path, shards: tuple[str, ...]
) -> None:
    (folder / "out").mkdir()
    place = folder / "out" / ("part-00000.jsonl" if shards else "tuesday.jsonl")
    with Index(place) as index:
        index.add([FERRY], ids=["m1"])
    found = run("tuesday.jsonl", "--index", str(place), "--id-key", "id", "-o", "out/", *shards)
    assert "two outputs have this path" in found.err
    assert indexed(place) == {"m1": FERRY}


@pytest.mark.parametrize(
    ("place", "said"),
    [
        (".", ". is a folder; name a file in it"),
        ("monday.jsonl", "monday.jsonl is an input; choose another output"),
        ("missing/seen.db", "cannot be created; make the folder missing first"),
    ],
)
def test_an_index_that_cannot_be_opened_is_refused_before_anything_is_read(
    run: Run, folder: Path, place: str, said: str
) -> None:
    before = sorted(folder.iterdir())
    found = run("absent.jsonl", "monday.jsonl", "--index", place, "-o", "out.jsonl")
    assert said in found.err  # and not that an input is not there
    assert sorted(folder.iterdir()) == before


def test_the_same_input_by_another_name_gives_the_same_output(run: Run, folder: Path) -> None:
    run("monday.jsonl", *OPTIONS, "-o", "first.jsonl")
    (folder / "copied.jsonl").write_bytes((folder / "monday.jsonl").read_bytes())
    run("copied.jsonl", *OPTIONS, "-o", "second.jsonl")
    assert (folder / "second.jsonl").read_bytes() == (folder / "first.jsonl").read_bytes()
    assert ids_of((folder / "first.jsonl").read_bytes()) == ["m1", "m2", "m4", "m5"]


def test_updates_are_written_and_counted(run: Run, folder: Path) -> None:
    (folder / "twice.jsonl").write_bytes(lines_of([("m1", RAIN), ("n1", SHIP), ("n1", LONGER)]))
    run("monday.jsonl", *OPTIONS, "-o", "out.jsonl")
    found = run("twice.jsonl", *OPTIONS, "-o", "out.jsonl", "--json")
    assert json.loads(found.out)["updated"] == 2
    assert indexed(folder / "seen.db")["m1"] == RAIN
    assert indexed(folder / "seen.db")["n1"] == LONGER
    run("tuesday.jsonl", *OPTIONS, "-o", "out.jsonl")
    (folder / "once.jsonl").write_bytes(lines_of([("m2", "A bridge will be closed on Tuesday.")]))
    found = run("once.jsonl", *OPTIONS, "-o", "out.jsonl")
    assert "kept 1 of 1 document; 1 update" in found.err


def test_an_edited_record_replaces_its_old_text_whatever_it_resembles(
    run: Run, folder: Path
) -> None:
    run("monday.jsonl", *OPTIONS, "-o", "out.jsonl")
    edited = f"{FERRY} Corrected."
    records = [("m1", edited), ("m2", FERRY), ("m5", "")]
    (folder / "edited.jsonl").write_bytes(lines_of(records))
    assert ids_of(run("edited.jsonl", *OPTIONS, "--dry-run", "--check").out) == []
    for _ in range(2):
        found = run("edited.jsonl", *OPTIONS)
        assert "kept 3 of 3 documents; 2 updates; kept 1 without text" in found.err
        assert ids_of(found.out) == ["m1", "m2", "m5"]
        assert indexed(folder / "seen.db")["m1"] == edited
    # To another run they are known, and of an annotated update that is told which it resembles.
    (folder / "next.jsonl").write_bytes(
        lines_of([("m1", edited), ("m2", FERRY.partition(", and ")[2])])
    )
    lines = run("next.jsonl", *OPTIONS, "--annotate").out.splitlines()
    told = [
        [json.loads(line)[f"dedup_{name}"] for name in ("keep", "witness", "similarity")]
        for line in lines
    ]
    assert told == [[False, "m1", 1.0], [True, "m1", 1.0]]


def test_a_run_without_the_ids_of_an_index_is_refused(run: Run, folder: Path) -> None:
    run("monday.jsonl", *OPTIONS, "-o", "out.jsonl")
    found = run("monday.jsonl", "--index", "seen.db", "-o", "new.jsonl")
    assert found.is_error("--index seen.db was made with ids of records")
    assert "choose their field with --id-key" in found.err
    assert not (folder / "new.jsonl").exists()
    run("monday.jsonl", "--index", "plain.db", "-o", "out.jsonl")
    found = run("tuesday.jsonl", "--index", "plain.db", "--id-key", "id", "-o", "new.jsonl")
    assert found.is_error("--index plain.db was made without ids of records")
    assert "leave out --id-key" in found.err
    with Index("urls.db") as index:
        index.add([FERRY], ids=["/ferry"])
    assert run("monday.jsonl", "--index", "urls.db").is_error("--index urls.db was made with ids")


def test_kept_records_with_earlier_versions_are_counted(run: Run, folder: Path) -> None:
    (folder / "in.jsonl").write_bytes(lines_of([("a", FERRY), ("b", LONGER)]))
    found = run("in.jsonl", *OPTIONS, "-o", "out.jsonl")
    assert (
        "kept 2 of 2 documents; 1 kept record contains an earlier, shorter version that was also "
        "kept" in found.err
    )


def test_settings_that_differ_are_refused(run: Run, folder: Path) -> None:
    run("monday.jsonl", *OPTIONS, "--threshold", "0.7")
    assert run("tuesday.jsonl", *OPTIONS).code == 0  # those that it has
    outcome = run("tuesday.jsonl", *OPTIONS, "--threshold", "0.9", "-o", "out.jsonl")
    assert outcome.is_error("seen.db was made with threshold=0.7, not 0.9; leave the setting out")
    (folder / "text.db").write_text("no index, but some text")
    outcome = run("monday.jsonl", "--index", "text.db")
    assert outcome.is_error("text.db is not a dedup index; name another file")
    assert (folder / "text.db").read_text() == "no index, but some text"
    for wrong, said in {
        ("--keep", "last"): "keep",
        ("--against", "monday.jsonl"): "against",
        ("--no-across",): "across",
    }.items():
        assert run("tuesday.jsonl", *OPTIONS, *wrong).is_error(said)
    assert run("tuesday.jsonl", "--forget-after", "1d").is_error("forget-after")
    assert run("tuesday.jsonl", *OPTIONS, "--forget-after", "soon").is_error("30d, 12h or 90m")
    with pytest.raises(ConfigError, match="needs index"):
        clean_dataset(["tuesday.jsonl"], "out.jsonl", forget_after="1d")
    with pytest.raises(InputError, match=r"nowhere\.jsonl"):
        clean_dataset(["nowhere.jsonl"], "out.jsonl", index="new.db")


def test_forgotten_records_are_new_again(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("monday.jsonl", *OPTIONS)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 7200)
    assert ids_of(run("tuesday.jsonl", *OPTIONS, "--forget-after", "3h", "--check").out) == []
    assert len(indexed(folder / "seen.db")) == 4
    outcome = run("tuesday.jsonl", *OPTIONS, "--forget-after", "1h")
    assert ids_of(outcome.out) == ["t1", "t2", "m1", "t3", "t4"]
    assert list(indexed(folder / "seen.db")) == ["t1", "t2", "m1", "t3", "t4"]


def test_a_run_that_fails_adds_nothing(run: Run, folder: Path) -> None:
    (folder / "bad.jsonl").write_bytes(lines_of(TUESDAY) + b"{no json\n")
    assert run("bad.jsonl", *OPTIONS, "-o", "out.jsonl").code == 2
    assert not (folder / "seen.db").exists()
    (folder / "out").mkdir()
    (folder / "out" / "tuesday.jsonl").mkdir()  # a folder stands in the way
    assert run("tuesday.jsonl", *OPTIONS, "-o", "out/").code == 2
    assert not (folder / "seen.db").exists() or indexed(folder / "seen.db") == {}


def die(_: StagedFiles) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def killed(arguments: Sequence[str], kill_at: int, *, between: bool = False) -> int:
    """Run the command in a process that is killed at a step; return its status."""
    child = os.fork()
    if child == 0:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        if between:
            pytest.MonkeyPatch().setattr(StagedFiles, "_commit", die)
        signal_at(kill_at, signal.SIGKILL)
        os._exit(main(arguments))
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork, of Unix")


@needs_fork
def test_a_run_that_is_killed_once_the_index_has_all_loses_nothing(run: Run, folder: Path) -> None:
    run("monday.jsonl", *OPTIONS)
    before = indexed(folder / "seen.db")
    arguments = ["tuesday.jsonl", *OPTIONS, "-o", "out.jsonl"]
    assert killed(arguments, 0, between=True) == -signal.SIGKILL
    assert not (folder / "out.jsonl").exists()
    assert len(indexed(folder / "seen.db")) == len(before) + 3
    assert run(*arguments).code == 0
    assert ids_of((folder / "out.jsonl").read_bytes()) == ["t1", "t3", "t4"]
    assert len(indexed(folder / "seen.db")) == len(before) + 3


@pytest.mark.long
@needs_fork
def test_a_run_that_is_killed_at_any_step_loses_nothing(run: Run, folder: Path) -> None:
    names = ["monday.jsonl", "tuesday.jsonl"]
    more = ["--ledger", "ledger.zst", "--stats", "stats.json"]
    arguments = [*names, *OPTIONS, "-o", "out/", *more]
    status, kill_at = -signal.SIGKILL, 0
    while status == -signal.SIGKILL:
        kill_at += 1 + kill_at % 2 if not os.environ.get("DEDUP_EVERY_STEP") else 1
        place = folder / f"{kill_at}"
        place.mkdir()
        for name in names:
            (place / name).write_bytes((folder / name).read_bytes())
        os.chdir(place)
        with Index("seen.db") as index:
            index.add([RAIN], ids=["old"])
        status = killed(arguments, kill_at)
        if not (place / "ledger.zst").exists() or list(place.glob(".dedup-*")):
            again = run(*arguments)
            # Once all is in place it is not begun again.
            ends = "completed them and did nothing else", "ledger.zst exists already"
            assert again.code == 0 or any(end in again.err for end in ends), (kill_at, again)
        assert ids_of(Path("out/monday.jsonl").read_bytes()) == ["m1", "m2", "m4", "m5"]
        assert ids_of(Path("out/tuesday.jsonl").read_bytes()) == ["t3", "t4"]
        assert [*indexed(place / "seen.db")] == ["old", "m1", "m2", "m4", "m5", "t3", "t4"]
        connection = sqlite3.connect("seen.db")
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        connection.close()
    assert status == 0 and kill_at > 10
