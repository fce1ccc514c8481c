"""``dedup-clean index``: its commands on files and on a server, and their errors."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from dedup import Index
from tests.command_runner import Run

FERRY = "The ferry was late again, and nobody on the pier could say why it was so."
LAMP = "A second story is about a lost umbrella that came home after eleven years in Spain."
COMMANDS = ("stats", "get", "query", "remove", "export", "compact", "check")


@pytest.fixture
def seen(place: str) -> str:
    with Index(place) as index:
        index.add([FERRY, LAMP, None], ids=[7, "7", "none"])
    return place


def lines(out: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


def test_stats(run: Run, seen: str) -> None:
    done = run("index", "stats", seen)
    found = json.loads(done.out)
    assert (done.code, done.err) == (0, "")
    assert (found["texts"], found["ids"], found["settings"]["threshold"]) == (3, "given", 0.8)
    assert found["bytes"] > 0 and found["oldest"].endswith("+00:00")


def test_stats_of_an_empty_index(run: Run, place: str) -> None:
    Index(place).close()
    found = json.loads(run("index", "stats", place).out)
    assert (found["texts"], found["oldest"], found["ids"]) == (0, None, None)


def test_get(run: Run, seen: str) -> None:
    done = run("index", "get", seen, "7", '"7"', "none")
    assert [(line["id"], line["text"]) for line in lines(done.out)] == [
        (7, FERRY),
        ("7", LAMP),
        ("none", None),
    ]
    assert (done.code, done.err) == (0, "")
    done = run("index", "get", seen, "-", stdin=b'7\n\n"7"\nx\n07\n')
    assert [line["id"] for line in lines(done.out)] == [7, "7"]
    assert (done.code, done.err.count("\n")) == (1, 1)
    assert done.err.startswith("dedup-clean: error: ") and done.err.endswith(" has no id x, 07\n")


def test_a_number_never_means_a_text(run: Run, place: str) -> None:
    with Index(place) as index:
        index.add([FERRY, LAMP], ids=["17", -3])
    said = """ has no id 17; 17 means a number: if the id is a string, write '"17"'\n"""
    for name in ("get", "remove"):
        assert run("index", name, place, "17").err.splitlines(keepends=True)[0].endswith(said)
    assert lines(run("index", "get", place, '"17"').out)[0]["id"] == "17"
    assert lines(run("index", "get", place, "--", "-3").out)[0]["id"] == -3
    assert run("index", "get", place, "9" * 30).code == 1


def test_query(run: Run, seen: str, tmp_path: Path) -> None:
    file = tmp_path / "new.jsonl"
    texts = [FERRY.upper(), "Something new.", LAMP.removesuffix(" Spain.")]
    file.write_text(
        "".join(json.dumps({"url": f"u{n}", "body": t}) + "\n" for n, t in enumerate(texts))
    )
    done = run("index", "query", seen, file, "--text-key", "body", "--id-key", "url")
    name = str(file)
    assert lines(done.out) == [
        {"input": name, "record": 1, "id": "u0", "witness": 7, "similarity": 1.0, "exact": True},
        {
            "input": name,
            "record": 3,
            "id": "u2",
            "witness": "7",
            "similarity": 1.0,
            "exact": False,
        },
    ]
    assert (done.code, done.err) == (0, "2 of 3 texts are in the index or repeat a text in it\n")
    done = run("index", "query", seen, "-", "--text-key", "body", stdin=file.read_bytes())
    assert [(line["record"], "id" in line) for line in lines(done.out)] == [(1, False), (3, False)]
    with Index(seen) as index:
        assert len(index) == 3
    assert run("index", "query", seen, file).is_error('no field "text"')


def test_query_leaves_out_what_cannot_be_read(run: Run, seen: str, tmp_path: Path) -> None:
    file = tmp_path / "new.jsonl"
    file.write_text('{"text": "One."}\nno JSON\n' + json.dumps({"text": LAMP}))
    assert run("index", "query", seen, file).is_error("new.jsonl: line 2", "--on-error skip")
    done = run("index", "query", seen, file, "--on-error", "skip")
    assert [line["record"] for line in lines(done.out)] == [3]
    assert done.err == "1 of 2 texts is in the index or repeats a text in it; 1 could not be read\n"


def test_query_texts(run: Run, seen: str, tmp_path: Path) -> None:
    folder = tmp_path / "texts"
    folder.mkdir()
    (folder / "a.txt").write_text(FERRY)
    (folder / "b.txt").write_text("Something new.")
    for given in (folder, folder / "a.txt"):
        done = run("index", "query", seen, given, "-q")
        assert [(line["input"], line["witness"]) for line in lines(done.out)] == [
            (str(folder / "a.txt"), 7)
        ]
        assert done.err == ""
    assert lines(run("index", "query", seen, stdin=LAMP.encode()).out)[0]["witness"] == "7"
    assert run("index", "query", seen, folder / "c.txt").is_error("c.txt: no such file")


def test_remove(run: Run, seen: str) -> None:
    done = run("index", "remove", seen, "7", "7", "x", "--dry-run")
    assert done.code == 0 and "has no id x\nwould remove 1 text from " in done.err
    with Index(seen) as index:
        assert len(index) == 3
    done = run("index", "remove", seen, "-", stdin=b'"7"\nnone\n')
    assert done.err.startswith("removed 2 texts from ")
    with Index(seen) as index:
        assert list(index) == [7]
        index.add([LAMP], ids=["7"])
    assert run("index", "remove", seen, "7", "-q").err == ""
    assert "removed 0 texts" in run("index", "remove", seen, "7").err
    with Index(seen) as index:
        assert list(index) == ["7"]


def test_export(run: Run, seen: str, tmp_path: Path) -> None:
    done = run("index", "export", seen)
    assert [(line["id"], line["text"]) for line in lines(done.out)] == [
        (7, FERRY),
        ("7", LAMP),
        ("none", None),
    ]
    target = tmp_path / "seen.jsonl"
    target.write_bytes(done.out)
    new = tmp_path / "new.db"
    assert run(target, "--index", new, "--id-key", "id", "-o", tmp_path / "out.jsonl").code == 0
    assert lines(run("index", "export", new).out)[0]["text"] == FERRY


def test_compact(run: Run, seen: str) -> None:
    done = run("index", "compact", seen)
    assert done.code == 0 and " bytes before, " in done.err
    assert run("index", "compact", seen, "--quiet").err == ""


def test_check(run: Run, seen: str) -> None:
    done = run("index", "check", seen)
    assert (done.code, done.out) == (0, b"")
    assert done.err.endswith(": 3 texts checked, no problem found\n")


def test_damage_is_a_line_each(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "seen.db"
    with Index(path) as index:
        index.add([FERRY, LAMP], ids=[1, "a\nb"])
        index._store._database.execute("UPDATE text SET text = x'00' WHERE row = 1")  # noqa: SLF001
    done = run("index", "check", path)
    assert (done.code, done.out.count(b"\n")) == (1, 1)
    assert done.out.startswith(b"the text of id 'a\\nb' (row 1) is damaged: remove it with ")
    assert done.err.endswith("1 text checked, 1 problem found\n")
    done = run("index", "export", path)
    assert [line["id"] for line in lines(done.out)] == [1]
    assert (done.code, done.err.count("\n")) == (1, 1)
    assert "warning: " in done.err and "1 damaged text left out" in done.err
    assert run("index", "get", path, "1").code == 0


def test_a_check_of_an_index_that_cannot_be_opened_names_a_remedy(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "seen.db"
    with Index(path) as index:
        index._store._database.execute("UPDATE known SET value = x'00' WHERE name = 'settings'")  # noqa: SLF001
    said = f"{path} is damaged and cannot be opened: restore a backup"
    assert run("index", "check", path).is_error(said)


@pytest.mark.parametrize("name", COMMANDS)
def test_no_command_makes_an_index(run: Run, tmp_path: Path, name: str) -> None:
    file = tmp_path / "a.txt"
    file.write_text(FERRY)
    more = {"get": ("x",), "remove": ("x",), "query": (str(file),)}.get(name, ())
    path = tmp_path / "seen.db"
    assert run("index", name, path, *more).is_error(f"no index at {path}; check the path")
    assert not path.exists()
    assert run("index", name, file, *more).is_error(f"{file} is not a dedup index")


def test_an_address_that_is_no_index_is_named_as_it_was_given(run: Run, tmp_path: Path) -> None:
    rule = "must be a file or begin with postgresql://, got s3://...\n"
    assert run("index", "stats", "s3://bucket/seen.db").is_error(f"error: INDEX {rule}")
    (tmp_path / "news.jsonl").write_bytes(b'{"text": "The ferry was late."}\n')
    outcome = run(tmp_path / "news.jsonl", "--index", "s3://bucket/seen.db")
    assert outcome.is_error(f"error: --index {rule}")


def test_wrong_use_is_one_line(run: Run) -> None:
    assert run("index").is_error("Missing command", "see dedup-clean index --help")
    assert run("index", "look").is_error("No such command 'look'")
    assert run("index", "stats").is_error("Missing argument 'INDEX'")
    assert run("index", "get", "seen.db").is_error("Missing argument 'ID...'")
    assert run("index", "stats", "redis://host").is_error("must be a file or begin with postgresql")
    assert run("index", "stats", "").is_error("must be a file")


def test_help_fits(run: Run) -> None:
    for name in ("", *COMMANDS):
        out = run("index", *filter(None, [name]), "--help").out.decode()
        assert "..." not in out.replace("[ARGS]...", "").replace("ID...", "").replace(
            "[FILE]...", ""
        )
        assert out.count("\n") < 40


@pytest.mark.skipif(os.name != "posix", reason="needs pipes of Unix")
def test_a_reader_that_has_had_enough_is_no_error(tmp_path: Path) -> None:
    path = tmp_path / "seen.db"
    with Index(path) as index:
        index.add([f"{number} " * 2000 for number in range(2000)])
    code = "import sys; from dedup.cli.main import main; sys.exit(main())"
    command = [sys.executable, "-c", code, "index", "export", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141
