"""Folders of text files: copies are left out, all other files keep their bytes and names."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import dedup
from dedup import (
    Config,
    ConfigError,
    InputError,
    OutputError,
    clean_dataset,
    restore_dataset,
)
from dedup.arrays.memory import can_limit
from tests.generated_texts import near_copies
from tests.text_folders import BODY, FILES, ONCE, STORY, contents, fill
from tests.without_core import leave_out_core

LONGEST = "c d/long\ner.md"
KEPT = {name: data for name, data in FILES.items() if name not in ("a.txt", "b/again.txt")}
KEPT["b/twice.txt"] = ONCE.encode()


@pytest.fixture
def crawl(tmp_path: Path) -> Path:
    return fill(tmp_path / "crawl")


def test_copies_are_left_out_and_the_rest_keeps_its_bytes(crawl: Path, tmp_path: Path) -> None:
    report = clean_dataset([crawl], tmp_path / "out")  # a folder, though no slash says so
    assert contents(tmp_path / "out") == KEPT
    assert (report.documents, report.kept) == (7, 5)
    assert (report.removed_exact, report.removed_near) == (0, 2)
    assert (report.edited, report.blocks, report.without_text) == (1, 1, 1)
    assert report.clusters == (3,)
    assert report.bytes_read == sum(map(len, FILES.values()))
    assert report.bytes_written == sum(map(len, KEPT.values()))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["crawl", "out"]
    assert contents(crawl) == FILES


@pytest.mark.parametrize(
    ("options", "gone"),
    [
        ({}, {"a.txt", "b/again.txt"}),
        ({"keep": "first"}, {"b/again.txt", LONGEST}),
        ({"keep": "last"}, {"a.txt", "b/again.txt"}),
        ({"across": False}, set()),
        ({"threads": 1}, {"a.txt", "b/again.txt"}),
        ({"threads": 2}, {"a.txt", "b/again.txt"}),
    ],
)
def test_which_copy_of_a_file_is_kept(
    crawl: Path, tmp_path: Path, options: dict[str, Any], gone: set[str]
) -> None:
    clean_dataset([f"{crawl}/"], f"{tmp_path}/out/", **options)
    expected = FILES | {"b/twice.txt": ONCE.encode()}
    assert contents(tmp_path / "out") == {
        name: data for name, data in expected.items() if name not in gone
    }


def test_without_both_a_folder_is_copied(crawl: Path, tmp_path: Path) -> None:
    clean_dataset([crawl], tmp_path / "out", within=False, across=False)
    assert contents(tmp_path / "out") == FILES


def test_a_pattern_selects_files(crawl: Path, tmp_path: Path) -> None:
    (crawl / "page.html").write_text("<p>")
    clean_dataset([crawl / "**/*.txt"], tmp_path / "out")
    expected = {name: data for name, data in KEPT.items() if name != LONGEST}
    assert contents(tmp_path / "out") == {**expected, "a.txt": FILES["a.txt"]}
    clean_dataset([crawl / "b" / "*.txt"], tmp_path / "below")
    assert sorted(contents(tmp_path / "below")) == ["again.txt", "twice.txt"]


def test_several_folders_are_one_dataset(crawl: Path, tmp_path: Path) -> None:
    more = fill(tmp_path / "more", {"d.txt": STORY.upper().encode(), "b/e.txt": b"new"})
    clean_dataset([more, crawl], tmp_path / "out", keep="first")
    expected = KEPT | {"d.txt": STORY.upper().encode(), "b/e.txt": b"new"}
    del expected[LONGEST]
    assert contents(tmp_path / "out") == expected
    (more / "a.txt").write_text("the same name")
    with pytest.raises(OutputError, match=r"a.txt: two outputs have this path"):
        clean_dataset([more, crawl], tmp_path / "other")


def test_a_file_and_a_folder_of_one_name(tmp_path: Path) -> None:
    one = fill(tmp_path / "one", {"a": b"a file", "b/c": b"below"})
    two = fill(tmp_path / "two", {"a/x": b"below this", "b": b"another"})
    for folders in ([one, two], [two, one]):
        with pytest.raises(OutputError, match=r"out/[ab].* cannot be written"):
            clean_dataset(folders, tmp_path / "out")
        assert not (tmp_path / "out").exists()


def test_copies_of_reference_files_are_removed(crawl: Path, tmp_path: Path) -> None:
    old = fill(tmp_path / "old", {"x/old.txt": f"{STORY} but they waited".encode()})
    records = tmp_path / "old.jsonl"
    records.write_text('{"text": "nothing"}\n{"text": "A name that is no text!"}\n')
    ledger = tmp_path / "ledger"
    against = (old, records, crawl / "empty.txt", crawl / "mark.txt")
    report = clean_dataset([crawl], tmp_path / "out", against=against, ledger=ledger)
    assert sorted(contents(tmp_path / "out")) == ["b/twice.txt", "empty.txt"]
    assert report.references == 5
    lines = [json.loads(line) for line in ledger.read_bytes().splitlines()[1:]]
    witnesses = [line["witness"] for line in lines if "raw" in line]
    assert [witness for witness in witnesses if "id" not in witness] == [{"input": 2, "record": 2}]
    assert {witness.get("id", "none") for witness in witnesses} == {
        str(old / "x/old.txt"),
        "none",
        str(crawl / "mark.txt"),
    }


def test_records_against_texts(crawl: Path, tmp_path: Path) -> None:
    news, out = tmp_path / "news.jsonl", tmp_path / "out.jsonl"
    lines = [f'{{"text": "{STORY.upper()}"}}\n', '{"text": "new"}\n']
    news.write_text("".join(lines))
    for against in (crawl, crawl / "a.txt", crawl / "*.txt"):
        report = clean_dataset([news], out, against=(against,))
        assert out.read_text() == lines[1]
        assert report.removed_exact + report.removed_near == 1


def test_files_that_are_not_text(crawl: Path, tmp_path: Path) -> None:
    fill(crawl, {"bad/latin.txt": b"na\xefve", "bad/nul.bin": b"\x7fELF\0"})
    with pytest.raises(
        InputError, match=r'latin.txt: is not valid utf-8 .*; or leave out .* with on_error="skip"'
    ):
        clean_dataset([crawl], tmp_path / "out")
    assert not (tmp_path / "out").exists()
    ledger = tmp_path / "ledger"
    report = clean_dataset([crawl], tmp_path / "out", on_error="skip", ledger=ledger)
    assert (report.bad, report.documents) == (2, 9)
    assert contents(tmp_path / "out") == KEPT
    restore_dataset(ledger, [tmp_path / "out"], tmp_path / "back")
    assert contents(tmp_path / "back") == contents(crawl)
    clean_dataset([crawl / "bad/*.txt"], tmp_path / "latin", encoding="latin-1")
    assert contents(tmp_path / "latin") == {"latin.txt": b"na\xefve"}
    clean_dataset([crawl / "bad/*.txt"], tmp_path / "kept", errors="surrogateescape")
    assert contents(tmp_path / "kept") == {"latin.txt": b"na\xefve"}


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32-be", "latin-1", "utf-8-sig", "cp1252"])
def test_a_cleaned_file_keeps_its_encoding(tmp_path: Path, encoding: str) -> None:
    text = f"\N{LATIN SMALL LETTER E WITH ACUTE}\r\n{BODY}\r\n{BODY}\r\n"
    files = {"a": text.encode(encoding)}
    if encoding == "utf-16":
        files["b"] = b"\xfe\xff" + f"{text}x".encode("utf-16-be")
    crawl = fill(tmp_path / "crawl", files)
    clean_dataset([crawl], tmp_path / "out", encoding=encoding, across=False)
    once = text.replace(f"{BODY}\r\n", "", 1)
    assert (tmp_path / "out/a").read_bytes() == once.encode(encoding)
    if encoding == "utf-16":
        assert (tmp_path / "out/b").read_bytes() == b"\xfe\xff" + f"{once}x".encode("utf-16-be")


def test_invalid_bytes_are_kept_with_surrogateescape(tmp_path: Path) -> None:
    crawl = fill(tmp_path / "crawl", {"a": b"\xff\n" + f"{BODY}\n{BODY}\n".encode()})
    clean_dataset([crawl], tmp_path / "out", errors="surrogateescape")
    assert (tmp_path / "out/a").read_bytes() == b"\xff\n" + f"{BODY}\n".encode()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"annotate": True}, "annotate has no effect on texts: files of text have no fields"),
        ({"id": "id"}, "id has no effect on texts: files of text have no fields; their paths are"),
        ({"text": ("body",)}, "text has no effect on texts: files of text have no fields"),
        (
            {"keep": "max:date"},
            "keep must be longest, first or last for texts, which have no fields",
        ),
        ({"shard_size": 1}, "shard_size has no effect on texts: each text is written as one file"),
        (
            {"on_error": "quarantine", "quarantine": Path("q")},
            "quarantine has no effect on texts: text files cannot be merged into one",
        ),
    ],
)
def test_options_without_effect_on_texts_are_refused(
    crawl: Path, tmp_path: Path, options: dict[str, Any], said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        clean_dataset([crawl], tmp_path / "out", **options)
    assert not (tmp_path / "out").exists()


def test_an_output_inside_an_input_is_refused(crawl: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("crawl/b")
    for target in (crawl, crawl / "out", tmp_path, tmp_path / "link", crawl / "b/.."):
        with pytest.raises(OutputError, match=r"must not be in the input .*crawl or around it"):
            clean_dataset([crawl], target)
    with pytest.raises(OutputError, match=r"ledger must not be in the input"):
        clean_dataset([crawl], tmp_path / "out", ledger=crawl / "ledger")
    with pytest.raises(OutputError, match=r"a.txt is a file; choose a folder with -o FOLDER"):
        clean_dataset([crawl / "b"], crawl / "a.txt")
    (tmp_path / "out").mkdir()
    (tmp_path / "out/b").symlink_to(crawl / "b")
    with pytest.raises(OutputError, match=r"out/b/.* is an input; choose another output"):
        clean_dataset([crawl], tmp_path / "out")
    assert contents(crawl) == FILES


def test_files_of_an_earlier_run(crawl: Path, tmp_path: Path) -> None:
    clean_dataset([crawl], tmp_path / "out")
    clean_dataset([crawl], tmp_path / "out")  # the same files again
    assert contents(tmp_path / "out") == KEPT
    with pytest.raises(OutputError, match=r"mark.txt exists from an earlier run, but is now"):
        clean_dataset([crawl / "*.txt"], tmp_path / "out", against=(crawl / "mark.txt",))
    with pytest.raises(OutputError, match=r"out/.* is an input; choose another output"):
        clean_dataset(
            [crawl / "*.txt"], tmp_path / "out", against=(tmp_path / "out",), across=False
        )
    # New files beside those that they are compared with.
    new = fill(tmp_path / "new", {"n.txt": b"new", "s.txt": FILES["a.txt"]})
    fill(new, {"mark.txt": FILES["mark.txt"]})  # there already
    clean_dataset([new], tmp_path / "out", against=(tmp_path / "out",))
    assert contents(tmp_path / "out") == KEPT | {"n.txt": b"new"}


def test_no_input_is_overwritten_by_a_ledger(crawl: Path, tmp_path: Path) -> None:
    old = fill(tmp_path / "old", {"x": b"x"})
    for name, said in (
        ("old/x", "x must not be in the input .*old"),
        ("out/mark.txt", "two outputs"),
    ):
        with pytest.raises(OutputError, match=said):
            clean_dataset([crawl], tmp_path / "out", against=(old,), ledger=tmp_path / name)
    clean_dataset([crawl], tmp_path / "out", against=(old,), ledger=old / "ledger")
    assert sorted(contents(old)) == ["ledger", "x"]


def test_sources_without_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "empty/.git").mkdir(parents=True)
    (tmp_path / "empty/.git/config").write_text("x")
    for path in (tmp_path / "empty", tmp_path / "empty/*.txt"):
        with pytest.raises(InputError, match=r"\(hidden ones do not count\); check the"):
            clean_dataset([path], tmp_path / "out")


def test_one_file_of_text_is_no_dataset(crawl: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="missing: no such file; check the path"):
        clean_dataset(crawl / "missing", tmp_path / "out")
    with pytest.raises(ConfigError, match=r"a.txt is a single text, not a dataset"):
        clean_dataset([crawl / "a.txt"], tmp_path / "out")
    with pytest.raises(ConfigError, match=r"a.txt is a file, and .*b a folder; name only"):
        clean_dataset([crawl / "a.txt", crawl / "b"], tmp_path / "out")


def expected(files: dict[str, bytes], config: Config) -> dict[str, bytes]:
    """What is left of files by the two functions that this is made of."""
    names = sorted(files, key=os.fsencode)
    once = [dedup.clean(files[name].decode(), config).text for name in names]
    keep = dedup.deduplicate(once, config, keep="longest").keep.tolist()
    pairs = zip(names, once, keep, strict=True)
    return {name: text.encode() for name, text, stays in pairs if stays}


NAMES = st.sampled_from(["a", "b.txt", "c/a", "c/d/e.txt", "f\ng", "é", "c/ ", "z.md", "-", "*"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(near_copies(words=30).map("\n".join), min_size=1, max_size=9),
    st.lists(NAMES, min_size=9, max_size=9, unique=True),
    st.integers(1, 2),
    st.integers(1, 4),
    st.booleans(),
)
def test_a_folder_is_what_clean_and_deduplicate_leave_and_comes_back(  # noqa: PLR0913, PLR0917
    tmp_path_factory: pytest.TempPathFactory,
    texts: list[str],
    names: list[str],
    threads: int,
    batch: int,
    compiled: bool,  # noqa: FBT001
) -> None:
    folder = tmp_path_factory.mktemp("folder")
    files = {name: text.encode() for name, text in zip(names, texts, strict=False)}
    crawl, out, ledger = fill(folder / "crawl", files), folder / "out", folder / "ledger.gz"
    config = Config(min_tokens=6)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dedup.datasets.formats.text_files.MAX_BATCH_FILES", batch)
        if not compiled:
            leave_out_core(patch)
        report = clean_dataset([crawl], out, config, ledger=ledger, threads=threads, format="text")
    assert contents(out) == expected(files, config)
    assert report.kept == len(contents(out))
    out.rename(folder / "moved")
    back = restore_dataset(ledger, [folder / "moved"], folder / "back")
    assert len(back) == len(files)
    assert contents(folder / "back") == files


@pytest.mark.skipif(not can_limit(), reason="needs Linux")
def test_little_memory_gives_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {f"{n % 7}/{n}.txt": f"{STORY} {n % 50} {BODY * (n % 3)}".encode() for n in range(500)}
    crawl = fill(tmp_path / "crawl", files)
    clean_dataset([crawl], tmp_path / "plain")
    monkeypatch.setattr("dedup.arrays.memory.ARRAYS_SHARE", 0)
    monkeypatch.setattr("dedup.arrays.memory.TABLES_SHARE", 0)
    monkeypatch.setattr("dedup.arrays.memory.RELEASE_SHARE", 0.001)
    clean_dataset([crawl], tmp_path / "out", memory=300_000_000)
    assert contents(tmp_path / "out") == contents(tmp_path / "plain")
