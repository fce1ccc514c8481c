"""The command on files of records."""

import gzip
import json
import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir

import pytest

from dedup.arrays.memory import can_limit
from dedup.cli import clean_command
from tests.command_runner import Run, listing, preview, workplace
from tests.warc_records import warc_record

STORY = "the ferry was late again and nobody on the pier could say why it was so"
TEXTS = (STORY, "something else", STORY.title(), None)
LINES = [json.dumps({"id": n, "text": text}).encode() + b"\n" for n, text in enumerate(TEXTS)]
NEWS = b"".join(LINES)
CLEAN = LINES[0] + LINES[1] + LINES[3]
SUMMARY = "kept 3 of 4 documents; removed 1 exact copy; kept 1 without text\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with workplace(tmp_path, monkeypatch):
        (tmp_path / "news.jsonl").write_bytes(NEWS)
        yield tmp_path


def test_files_and_standard_streams(run: Run, folder: Path) -> None:
    assert run("news.jsonl") == (0, CLEAN, SUMMARY)
    assert run("news.jsonl", "-q", "-o", "-") == (0, CLEAN, "")
    assert run(stdin=NEWS) == (0, CLEAN, SUMMARY)
    assert run("-", stdin=gzip.compress(NEWS)) == (0, CLEAN, SUMMARY)
    assert run("news.jsonl", "-o", "out.jsonl.gz") == (0, b"", SUMMARY)
    assert gzip.decompress((folder / "out.jsonl.gz").read_bytes()) == CLEAN
    assert sorted(listing(folder)) == ["a.txt", "news.jsonl", "out.jsonl.gz"]


def test_the_content_tells_the_format(run: Run, folder: Path) -> None:
    (folder / "dump").write_bytes(NEWS)
    assert run("dump").out == CLEAN
    assert run("dump", "--format", "text").out == NEWS
    (folder / "page.txt").write_bytes(NEWS)
    assert run("page.txt") == (0, CLEAN, f"page.txt: read as JSON Lines (records)\n{SUMMARY}")
    assert run("page.txt", "-q", "-o", "clean.txt").code == 0
    assert (folder / "clean.txt").read_bytes() == CLEAN
    assert run("page.txt", "--format", "jsonl") == (0, CLEAN, SUMMARY)
    assert run("page.txt", "--format", "text").out == NEWS
    (folder / "code").write_bytes(b'{\n  "text": "a"\n}\n')
    assert run("code").is_error("code has no records: it is JSON, but not one object on each line")
    assert run("code", "--format", "text").out == b'{\n  "text": "a"\n}\n'


def test_nothing_is_written_where_nothing_is_asked_for(run: Run, folder: Path) -> None:
    before = listing(folder)
    outcome = run("news.jsonl", "--dry-run")
    assert (outcome.code, outcome.err) == (0, preview(SUMMARY))
    assert (
        "│ removed │ copy of │ kind  │ similarity │ what differs │".encode()
        in outcome.out.replace("┃".encode(), "│".encode())
    )
    assert run("news.jsonl", "--check") == (1, b"", preview(SUMMARY))
    assert run("news.jsonl", "--json").err == preview(SUMMARY)
    assert run("news.jsonl", "--annotate").err == preview(SUMMARY)
    assert run("news.jsonl", "--check", "--no-across") == (
        0, b"", "would keep 4 of 4 documents; would keep 1 without text\n",
    )  # fmt: skip
    outcome = run("news.jsonl", "--json", "-q")
    assert json.loads(outcome.out)["removed_exact"] == 1
    assert listing(folder) == before


def test_a_delimiter_as_programs_write_it(run: Run, folder: Path) -> None:
    (folder / "news.csv").write_text("text\ta,b\none\t1\nOne\t2\n")
    for delimiter in ("\\t", "\t"):
        assert run("news.csv", "--delimiter", delimiter, "-q").out == b"text\ta,b\none\t1\n"
    assert run("news.csv", "--delimiter", ",").is_error('has no column "text" (found: text')


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_text_that_begins_as_csv_is_refused(run: Run, folder: Path, delimiter: str) -> None:
    rows = ["id,text", *(f"{number},{STORY}" for number in range(2))]
    data = "\n".join(rows).replace(",", delimiter).encode()
    (folder / "news.txt").write_bytes(data)
    for outcome in run("news.txt"), run(stdin=data):
        assert outcome.is_error("looks like CSV; give --format csv, or --format text")
    assert run("news.txt", "--format", "csv").err.startswith("kept 1 of 2 documents")
    assert run("news.txt", "--format", "text").code == 0
    assert run(stdin=b"text, and more text\n").code == 0


def test_archives(run: Run, folder: Path) -> None:
    records = [warc_record(text, WARC_Record_ID=f"<{n}>") for n, text in enumerate(TEXTS)]
    archive, clean = b"".join(records), records[0] + records[1] + records[3]
    (folder / "dump").write_bytes(archive)
    assert run("dump") == (0, clean, SUMMARY)
    assert run(stdin=archive) == (0, clean, SUMMARY)
    assert run("--format", "warc", stdin=gzip.compress(archive)) == (0, clean, SUMMARY)
    assert run("dump", "-o", "out.warc.wet.gz", "--ledger", "ledger").code == 0
    assert run("restore", "ledger", "out.warc.wet.gz").out == archive
    assert run("dump", "--shard-size", "1kB", "-o", "shards/").code == 0
    assert run("dump", "--text-key", "body").is_error("the text of a WARC record is its content")
    (folder / "dump").write_bytes(archive[:-5])
    assert run("dump", "--id-key", "WARC-Id").is_error('no header "WARC-Id" (found: WARC-Type')
    (folder / "dump").write_bytes(archive[:-6])
    said = f"dump: record 4 (byte {len(clean) + len(records[2]) - len(records[3])}) is cut off"
    assert run("dump").is_error(said, "--on-error skip")


def test_in_place(run: Run, folder: Path) -> None:
    assert run("news.jsonl", "--in-place").code == 0
    assert (folder / "news.jsonl").read_bytes() == CLEAN
    assert (folder / "news.jsonl.bak").read_bytes() == NEWS
    assert run("news.jsonl", "--in-place").is_error("news.jsonl.bak exists already")


def test_a_joined_output_is_restored_to_a_folder(run: Run, folder: Path) -> None:
    (folder / "more.jsonl").write_bytes(LINES[1] + b'{"text": "new"}\n')
    assert run("news.jsonl", "more.jsonl", "-o", "out.jsonl", "--ledger", "ledger").code == 0
    before = sorted(listing(folder))
    outcome = run("restore", "ledger", "out.jsonl")
    assert outcome.is_error("ledger covers 2 inputs", "choose a folder for them with -o FOLDER")
    assert run("restore", "ledger", "out.jsonl", "-i").is_error("choose an output with -o")
    assert sorted(listing(folder)) == before
    assert not (folder / "-").exists()
    assert run("restore", "ledger", "out.jsonl", "-o", "back").code == 0
    assert listing(folder / "back") == {
        name: (folder / name).read_bytes() for name in ("news.jsonl", "more.jsonl")
    }


def test_an_empty_ledger_is_none_of_records(run: Run, folder: Path) -> None:
    (folder / "ledger").touch()
    (folder / "crawl").mkdir()
    (folder / "crawl/a.txt").touch()
    for arguments in (["news.jsonl"], ["news.jsonl", "-i"], ["crawl", "-o", "back"]):
        outcome = run("restore", "ledger", *arguments)
        assert outcome.is_error("ledger is empty, which a ledger of records never is; give the")
    assert run("restore", "ledger", stdin=NEWS).is_error("ledger is empty")
    assert run("restore", "ledger", "a.txt", "-q").code == 0  # of a text that does not repeat


@pytest.mark.parametrize(
    ("options", "flag"),
    [(["--text-key"], "--text-key"), (["--id-key"], "--id-key"), (["--keep"], "--keep")],
)
@pytest.mark.parametrize("name", ["news.jsonl", "news.csv", "news.parquet"])
def test_a_missing_field_is_named_with_its_flag(
    run: Run, folder: Path, name: str, options: list[str], flag: str
) -> None:
    (folder / "news.csv").write_text("id,text\n1,One.\n")
    if name == "news.parquet":
        pa, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
        parquet.write_table(pa.table({"id": [1], "text": ["One."]}), folder / name)
    field = "max:nope" if flag == "--keep" else "nope"
    said = run(name, *options, field, "--check")
    assert said.is_error('"nope" (found: id, text); choose one with ' + flag)
    has_hint = (name, flag) == ("news.csv", "--text-key")  # the file may lack a header
    hint = ", or name the columns in the first line" if has_hint else ""
    assert said.err.endswith(f"{flag}{hint}\n")


def test_a_field_of_the_text_that_is_named_twice(run: Run) -> None:
    said = "--text-key names a field twice (text, id, text); leave one out"
    keys = ("text", "id", "text")
    assert run("news.jsonl", *(part for key in keys for part in ("--text-key", key))).is_error(said)


def test_options_reach_the_library(run: Run, folder: Path) -> None:
    assert run("news.jsonl", "--keep", "max:id", "-q").out == LINES[1] + LINES[2] + LINES[3]
    assert run("news.jsonl", "--keep", "last", "-q").out == LINES[1] + LINES[2] + LINES[3]
    assert run("news.jsonl", "--against", "news.jsonl", "-q").out == LINES[3]
    annotated = run("news.jsonl", "--annotate", "--id-key", "id", "-q").out.splitlines()
    assert json.loads(annotated[2])["dedup_witness"] == 0
    (folder / "bad.jsonl").write_bytes(b"{oops\n" + NEWS)
    assert run("bad.jsonl").is_error("bad.jsonl: line 1 (byte 0) is not JSON", "--on-error skip")
    given = ("bad.jsonl", "--on-error", "quarantine", "--quarantine", "aside", "--stats", "stats")
    outcome = run(*given)
    assert (outcome.code, outcome.out) == (0, CLEAN)
    assert "kept 3 of 5 documents" in outcome.err
    assert "could not read 1 (bad.jsonl: line 1 (byte 0) is not JSON: unexpected" in outcome.err
    assert (folder / "aside").read_bytes() == b"{oops\n"
    assert json.loads((folder / "stats").read_bytes())["bad"] == 1
    assert run("news.jsonl", "--shard-size", "0.05kB", "-o", "shards/").code == 0
    assert len(listing(folder / "shards")) == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ("a.txt", "--annotate"),
            "--annotate has no effect on texts: files of text have no",
        ),
        (("a.txt", "--no-across"), "--no-across has no effect on a text that is cleaned"),
        (("a.txt", "--stats", "x"), "--stats has no effect on a text that is cleaned"),
        (("a.txt", "--keep", "max:id"), "--keep has no effect on texts: files of text have no"),
        (("a.txt", "news.jsonl"), "different formats, jsonl (news.jsonl), text (a.txt); clean"),
        (("news.jsonl", "--errors", "replace"), "--errors has no effect on jsonl"),
        (("news.jsonl", "--encoding", "latin-1"), "--encoding has no effect on jsonl"),
        (("news.jsonl", "--delimiter", ";"), "--delimiter has no effect on jsonl"),
        (("a.txt", "--delimiter", ";"), "--delimiter has no effect on texts"),
        (("news.jsonl", "--delimiter", "\\n"), "delimiter must be one character, no quote or line"),
        (("news.jsonl", "--encoding", "utf-16"), "--encoding has no effect on jsonl"),
        (("news.jsonl", "--ledger", "x", "--annotate"), "--ledger has no effect: with --annotate"),
        (
            ("restore", "news.jsonl", "a.txt"),
            "news.jsonl: line 1: not a ledger entry (no field 'document'); give the",
        ),
        (
            ("news.jsonl", "--keep", "shortest"),
            "not one of 'auto', 'first', 'last', 'longest', 'max:FIELD', 'min:FIELD'",
        ),
        (
            ("news.jsonl", "--shard-size", "many"),
            "'many' is not a size; write 500000, 256MB or 1GiB",
        ),
        (("news.jsonl", "-i", "-o", "x"), "--output has no effect with --in-place"),
        (
            ("news.jsonl", "-n", "-o", "x"),
            "--output has no effect with --dry-run, --diff or --check",
        ),
        (("news.jsonl", "--json", "-o", "-"), "--json and the records cannot both go"),
        (("news.jsonl", "-o", "news.jsonl"), "news.jsonl is an input"),
        (
            ("news.jsonl", "-o", "no/where.jsonl"),
            "no/where.jsonl: cannot be written (no such file or dir",
        ),
        (
            ("news.jsonl", "-o", "out.csv"),
            "out.csv: the output has the format of the input, JSON Lines, not CSV; name it",
        ),
        (("news.jsonl", "-o", "out", "--ledger", "news.jsonl"), "news.jsonl is an input"),
        (("news.jsonl", "-o", "out", "--ledger", "out"), "out: two outputs have this path"),
        (("news.jsonl", "-o", "out", "--ledger", "x", "--stats", "x"), "x: two outputs have"),
        (("missing.jsonl",), "missing.jsonl: no such file; check the path"),
        (("missing", "--source-key", "url"), "missing: no such file; check the path"),
        (("news.jsonl", "--text-key", "body"), 'has no field "body" (found: id, text); choose'),
        (
            ("news.jsonl", "--id-key", "name"),
            'no field "name" (found: id, text); choose one with --id',
        ),
        (
            ("news.jsonl", "--keep", "max:date"),
            'no field "date" (found: id, text); choose one with --k',
        ),
        (("news.jsonl", "--against", "none.jsonl"), "none.jsonl: no such file"),
        (("news.jsonl", "--threads", "0"), "--threads must be a whole number >= 1, got 0"),
        (("-", "-i"), "--in-place cannot be used with standard input"),
    ],
)
def test_errors_are_one_line_and_write_nothing(
    run: Run, folder: Path, arguments: tuple[str, ...], said: str
) -> None:
    before = listing(folder)
    assert run(*arguments, stdin=NEWS).is_error(said)
    assert listing(folder) == before
    assert [path for path in folder.iterdir() if path.is_dir()] == []


@pytest.mark.parametrize(
    ("name", "chosen", "fitting"),
    [
        ("news.jsonl", "csv", "jsonl"),
        ("news.jsonl", "json", "jsonl"),
        ("news.jsonl", "warc", "jsonl"),
        ("news.jsonl", "arrow", "jsonl"),
        ("table.csv", "jsonl", "csv"),
        ("table.csv", "parquet", "csv"),
        ("lines.csv", None, "jsonl"),
        ("a.txt", "jsonl", "text"),
        ("a.txt", "csv", "text"),
    ],
)
def test_a_wrong_format_is_named_with_the_fitting_one(
    run: Run, folder: Path, name: str, chosen: str | None, fitting: str
) -> None:
    news = b'{"text": "The ferry was late."}\n{"text": "Fish was dear."}\n'
    (folder / "news.jsonl").write_bytes(news)
    (folder / "lines.csv").write_bytes(news)
    (folder / "table.csv").write_bytes(b"id,text\n1,The ferry was late.\n")
    options = ["--format", chosen] if chosen else []
    outcome = run(name, *options, "-o", "clean")
    assert outcome.is_error(f"error: {name} is ", f"; choose --format {fitting}\n")
    assert not (folder / "clean").exists()


@pytest.mark.parametrize("name", ["table.csv", "news.jsonl"])
def test_a_fitting_format_is_not_blamed_for_a_missing_field(
    run: Run, folder: Path, name: str
) -> None:
    (folder / "table.csv").write_bytes(b"id,text\n1,The ferry was late.\n")
    (folder / "news.jsonl").write_bytes(b'{"text": "The ferry was late."}\n')
    assert run(name, "--text-key", "body", "-o", "x").is_error("choose one with --text-key")


def test_several_restored_files_go_to_a_folder_that_is_named(run: Run, folder: Path) -> None:
    for name in ("a.jsonl", "b.jsonl"):
        (folder / name).write_bytes(b'{"text": "The ferry was late."}\n')
    run("a.jsonl", "b.jsonl", "-o", "clean.jsonl", "--ledger", "ledger")
    outcome = run("restore", "ledger", "clean.jsonl", "-o", "back")
    assert (outcome.code, outcome.err) == (0, "restored 2 files in back\n")
    assert sorted(path.name for path in (folder / "back").iterdir()) == ["a.jsonl", "b.jsonl"]
    assert "made if missing" in " ".join(run("restore", "--help").out.decode().split())


@pytest.mark.parametrize(("name", "clean"), [("news.jsonl", "clean.jsonl"), ("a.txt", "clean.txt")])
def test_a_ledger_that_was_swapped_with_its_file_is_named(
    run: Run, folder: Path, name: str, clean: str
) -> None:
    (folder / "news.jsonl").write_bytes(b'{"text": "The ferry was late."}\n' * 2)
    run(name, "-o", clean, "--ledger", "ledger")
    outcome = run("restore", clean, "ledger", "-o", "back")
    said = f"ledger is a ledger, and {clean} is not; name the ledger first, as in dedup-clean"
    assert outcome.is_error(said, f" restore ledger {clean}\n")
    assert run("restore", clean, clean, "-o", "back").is_error("give the unchanged file")


def test_a_ledger_puts_everything_back(run: Run, folder: Path) -> None:
    (folder / "more.jsonl").write_bytes(b"\xef\xbb\xbf" + LINES[2] + LINES[1] + b"{}")
    inputs = ("more.jsonl", "news.jsonl")
    assert run(*inputs, "-o", "out/", "--ledger", "ledger.zst", "-q").code == 0
    outputs = ("out/news.jsonl", "out/more.jsonl")  # in any order
    restored = run("restore", "ledger.zst", *outputs, "-o", "back/")
    assert restored.err == "restored 2 files in back/\n"
    assert {name: (folder / "back" / name).read_bytes() for name in inputs} == {
        name: (folder / name).read_bytes() for name in inputs
    }
    assert run("news.jsonl", "--ledger", "one", "-q").out == CLEAN
    (folder / "clean").write_bytes(CLEAN)
    assert run("restore", "one", "clean") == (0, NEWS, "restored 1 file\n")


@pytest.mark.parametrize("is_writable", [True, False])
def test_temporary_files_of_a_look_need_no_rights_in_the_folder(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch, *, is_writable: bool
) -> None:
    used: list[Path] = []

    def temporary_directory(*, prefix: str, dir: Path) -> TemporaryDirectory[str]:  # noqa: A002
        used.append(dir)
        return TemporaryDirectory(prefix=prefix, dir=dir)

    monkeypatch.setattr("dedup.datasets.workspace.TemporaryDirectory", temporary_directory)
    monkeypatch.setattr(os, "access", lambda *_, **__: is_writable)
    assert run("news.jsonl", "--check").code == 1
    assert used == [folder if is_writable else Path(gettempdir())]


def test_nothing_is_printed_that_is_not_the_original(run: Run, folder: Path) -> None:
    assert run("news.jsonl", "-o", "clean", "--ledger", "one", "-q").code == 0
    clean = (folder / "clean").read_bytes()
    (folder / "clean").write_bytes(clean.replace(clean[-9:-4], b"other"))
    outcome = run("restore", "one", "clean")
    assert outcome.is_error("one does not restore")
    assert outcome.out == b""
    assert run("restore", "one", "one").is_error("one does not restore news.jsonl")


def test_records_are_put_back_in_place(run: Run, folder: Path) -> None:
    more = b"\xef\xbb\xbf" + LINES[2] + LINES[1] + LINES[1]
    (folder / "more.jsonl").write_bytes(more)
    inputs = ("more.jsonl", "news.jsonl")
    assert run(*inputs, "-o", "out/", "--ledger", "ledger", "-q").code == 0
    cleaned = listing(folder / "out")
    paths = [folder / "out" / name for name in inputs]
    assert run("restore", "ledger", "-i", *paths, "-o", "x").is_error(
        "--output has no effect with --in-place"
    )
    outcome = run("restore", "ledger", "--in-place", "--backup-suffix", ".clean", *paths)
    assert outcome == (0, b"", "restored 2 files\n")
    kept = {f"{name}.clean": data for name, data in cleaned.items()}
    assert listing(folder / "out") == {"more.jsonl": more, "news.jsonl": NEWS} | kept
    # What several inputs went to is none of them.
    summary = run(*inputs, "-o", "one.jsonl", "--ledger", "both").err
    assert summary.endswith("; kept 1 without text\n")
    outcome = run("restore", "both", "--in-place", "one.jsonl")
    assert outcome.is_error("both covers 2 inputs that were joined", "-o")


def test_a_ledger_that_is_none_is_named_with_its_line(run: Run, folder: Path) -> None:
    for data, said in (
        (b'{"document": "a"}', "news.led: line 1: not a ledger entry (no field"),
        (b"\n{oops", "news.led: line 2: not a ledger entry (not valid JSON); give the"),
        (b"[1]", "news.led: line 1: not a ledger entry (must be a JSON object, got list)"),
        (b"\xff", "news.led: line 1: not a ledger entry (not valid UTF-8)"),
    ):
        (folder / "news.led").write_bytes(data)
        assert run("restore", "news.led", "a.txt").is_error(said, "--ledger wrote")


def test_what_cannot_be_put_back_is_refused(run: Run, folder: Path) -> None:
    assert run("news.jsonl", "-o", "clean.jsonl", "--ledger", "ledger", "-q").code == 0
    whole, clean = (folder / "ledger").read_bytes(), (folder / "clean.jsonl").read_bytes()
    other_text = whole.replace(b"The Ferry", b"The Berry")
    for damage, said in (
        (
            whole[:-3],
            "ledger is not a ledger of records: line 3 is not a JSON object; give the",
        ),
        (whole[: whole.rindex(b"\n", 0, -1) + 1], "ledger is cut off"),
        (
            other_text,
            "does not restore news.jsonl",
        ),
        (whole.replace(b'"bytes":[', b'"bites":['), "ledger is damaged (KeyError('bytes'))"),
        (whole.replace(b'"version":2', b'"version":1'), "ledger has version 1, which"),
    ):
        (folder / "ledger").write_bytes(damage)
        assert run("restore", "ledger", "clean.jsonl", "-o", "back").is_error(said)
    (folder / "ledger").write_bytes(whole)
    for other, said in (
        (clean[:-9], "does not match clean.jsonl, which is too short"),
        (clean + b"{}\n", "does not match clean.jsonl, which is too long"),
        (clean.replace(b"else", b"ELSE"), "does not restore news.jsonl"),
    ):
        (folder / "clean.jsonl").write_bytes(other)
        assert run("restore", "ledger", "clean.jsonl", "-o", "back").is_error(said)
    assert run("restore", "ledger", "clean.jsonl", "news.jsonl", "-o", "x").is_error(
        "belongs to 1 file, got 2; name all files"
    )
    assert run("restore", "ledger", "clean.jsonl", "--errors", "strict").is_error(
        "--errors has no effect on a ledger of records or of a folder"
    )
    assert run("restore", "ledger", "clean.jsonl", "-o", "ledger").is_error("ledger is an input")
    assert not (folder / "back").exists()


def test_what_does_not_add_up_is_not_written(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dedup.datasets.clean_dataset.write_records", lambda *_: 2)
    outcome = run("news.jsonl", "-o", "out.jsonl")
    assert (outcome.code, outcome.out) == (3, b"")
    assert outcome.err.startswith("dedup-clean: error: 3 of 4 documents are kept, but 2")
    assert sorted(listing(folder)) == ["a.txt", "news.jsonl"]


def test_a_terminal_is_shown_a_bar(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dedup.datasets.progress_display.stderr_is_terminal", lambda: True)
    assert run("news.jsonl", "-o", "out.jsonl").err.endswith(SUMMARY)
    assert run("news.jsonl", "-o", "out.jsonl", "-q").err == ""


@pytest.mark.skipif(not can_limit(), reason="a limit needs Linux")
@pytest.mark.parametrize(("peak", "warnings"), [(400_000_000, 0), (412_500_000, 1)])
def test_a_run_that_exceeds_its_memory_says_so(
    run: Run, monkeypatch: pytest.MonkeyPatch, peak: int, warnings: int
) -> None:
    monkeypatch.setattr(clean_command, "peak_bytes", lambda: peak)
    outcome = run("news.jsonl", "-o", "clean.jsonl", "--memory", "400MB", "-q")
    said = "warning: the run used 412 MB of memory, more than the 400 MB of --memory; "
    assert (outcome.code, outcome.err.count(said), outcome.err.count("\n")) == (0, *[warnings] * 2)
    assert "warning" not in run("news.jsonl", "-o", "clean.jsonl").err


def test_who_has_read_enough_is_no_error(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(*_: object) -> None:
        raise BrokenPipeError

    monkeypatch.setattr("dedup.files.standard_streams.write_stdout", closed)
    assert run("news.jsonl") == (141, b"", "")


def test_what_recurs_is_listed(run: Run, folder: Path) -> None:
    footer = "Sign up for our letter and have the news of the county before you get up.\n"
    texts = [" ".join(f"w{row}x{place}" for place in range(40)) + "\n" for row in range(14)]
    lines = [json.dumps({"id": f"r{row}", "text": text + footer}) for row, text in enumerate(texts)]
    (folder / "pages.jsonl").write_text("\n".join(lines) + "\n")
    given = ("--blocks", "--min-tokens", "10", "--id-key", "id", "pages.jsonl")
    outcome = run(*given, "--dry-run")
    assert outcome.code == 0
    shown = [line.split("│")[1:-1] for line in outcome.out.decode().splitlines() if "│" in line]
    assert [[cell.strip() for cell in row[:3]] for row in shown] == [["14", "13", "r0"]]
    assert "Sign up for our letter" in shown[0][3]
    outcome = run(*given, "--min-df", "0.9", "--boilerplate", "all", "-o", "out.jsonl")
    assert "removed 14 boilerplate paragraphs (1 pattern) from 14 documents" in outcome.err
    left = map(json.loads, (folder / "out.jsonl").read_bytes().splitlines())
    assert [record["text"] for record in left] == texts
    outcome = run(*given, "--keep-pattern", "Sign up", "--dry-run")
    assert "kept" in outcome.out.decode()
    assert run(*given, "--check").code == 1
    assert run(*given, "--check", "--keep-pattern", "Sign up").code == 0
    assert run(*given, "--min-df", "many").is_error("--min-df", "neither a number")


def test_what_is_listed_may_be_no_unicode(run: Run, folder: Path) -> None:
    footer = (
        "Sign up \ud800 for our letter and have the news of the county before you get up or go."
    )
    texts = [" ".join(f"w{row}x{place}" for place in range(40)) + "\n" for row in range(14)]
    lines = [json.dumps({"text": text + footer}) for text in texts]
    (folder / "pages.jsonl").write_text("\n".join(lines) + "\n")
    outcome = run("--blocks", "--min-tokens", "10", "pages.jsonl", "--json", "-n", "--stats", "s")
    for told in (outcome.out, (folder / "s").read_bytes()):
        assert json.loads(told)["most_frequent"][0]["text"] == footer


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            "news.jsonl --treshold 0.7",
            "no such option: --treshold; did you mean --threshold? see",
        ),
        ("news.jsonl --prest web", "no such option: --prest; did you mean --preset? see"),
        ("news.jsonl --id-key=", "--id-key must name a field, got ''"),
        ("news.jsonl --tmp-dir news.jsonl -o x", "is not a folder; choose another with --tmp-dir"),
        ("news.jsonl -o https://a.b/c", "https://a.b/c: https:// can only be read"),
        (
            "news.jsonl --format csv",
            "news.jsonl is JSON Lines, not CSV; choose --format jsonl",
        ),
        ("bad.jsonl -n", "bad.jsonl: line 2, id b7 (byte 27): field 'text' must be a string, got"),
        (
            "wide.jsonl -n",
            'wide.jsonl has no field "text" (found: f0, f1, f2, f3, f4, f5, f6, f7, ',
        ),
    ],
)
def test_errors_name_the_remedy(run: Run, folder: Path, arguments: str, said: str) -> None:
    (folder / "bad.jsonl").write_text('{"id": "a1", "text": "ok"}\n{"id": "b7", "text": 7}\n')
    (folder / "wide.jsonl").write_text(json.dumps({f"f{n}": "x" * 300 for n in range(99)}) + "\n")
    outcome = run(*arguments.split())
    assert outcome.is_error(said)
    assert len(outcome.err) < 240


@pytest.mark.parametrize(
    ("flag", "said"),
    [
        ("--blocks", "--blocks: no paragraph recurs in 10 documents or more; see --min-df"),
        ("--blocks --min-df 0.5", "--blocks: no paragraph recurs in 50% of the documents or more"),
        ("--spans", "--spans: no span repeats; see --min-span"),
    ],
)
def test_a_dry_run_says_what_it_did_not_find(run: Run, flag: str, said: str) -> None:
    assert said in run("news.jsonl", "-n", *flag.split()).err
    assert said not in run("news.jsonl", "-n", "-q", *flag.split()).err
