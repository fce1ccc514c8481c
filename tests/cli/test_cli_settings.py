"""Settings of the command from files and presets, and which of them wins."""

import tomllib
from pathlib import Path

import pytest

import dedup
from dedup.config import PRESETS
from tests.command_runner import CLEAN, SUMMARY, Run

LINES = b'{"body": "The ferry was late."}\n{"body": "The FERRY was late!"}\n'


pytestmark = pytest.mark.usefixtures("folder")


def project(text: str, folder: str = ".") -> None:
    (Path(folder) / "pyproject.toml").write_text(f"[tool.dedup-clean]\n{text}\n")


def settings(run: Run, *arguments: str) -> dict[str, object]:
    outcome = run(*arguments, "--show-settings")
    assert (outcome.code, outcome.err) == (0, "")
    return tomllib.loads(outcome.out.decode())


@pytest.mark.parametrize(
    ("file", "arguments", "threshold", "unit"),
    [
        ("", "", 0.8, "word"),
        ("threshold = 0.7", "", 0.7, "word"),
        ("threshold = 0.7", "--threshold 0.6", 0.6, "word"),
        ("preset = 'short'", "", 0.6, "char"),
        ("preset = 'short'\nthreshold = 0.7", "", 0.7, "char"),
        ("threshold = 0.7\npreset = 'short'", "--threshold 0.5", 0.5, "char"),
        ("threshold = 0.7\nunit = 'char'", "--preset strict", 0.9, "word"),
        ("threshold = 0.7\npreset = 'short'", "--preset news", 0.8, "word"),
        ("threshold = 0.7", "--preset strict --threshold 0.5", 0.5, "word"),
        ("threshold = 0.7", "--config /dev/null", 0.8, "word"),
    ],
)
def test_a_flag_wins_over_a_file_and_a_file_over_its_preset(
    run: Run, file: str, arguments: str, threshold: float, unit: str
) -> None:
    project(file)
    found = settings(run, *arguments.split())
    assert (found["threshold"], found["unit"]) == (threshold, unit)
    assert settings(run, "audit", *arguments.split()).items() <= found.items()


@pytest.mark.parametrize("preset", PRESETS)
def test_shown_settings_are_a_file_of_the_same_settings(run: Run, preset: str) -> None:
    arguments = ["--preset", preset, "--text-key", 'a"b', "--blocks", "--keep", "max:d", "--seed=4"]
    shown = run(*arguments, "--show-settings")
    Path("s.toml").write_bytes(shown.out)
    assert "# command line" in shown.out.decode()
    assert f"# preset {preset}" in shown.out.decode() or preset == "news"
    again = settings(run, "--config", "s.toml")
    assert again == settings(run, *arguments)
    assert again["text-key"] == ['a"b']


def test_a_file_changes_what_is_done_and_says_so(run: Run) -> None:
    Path("news.jsonl").write_bytes(LINES)
    project("text-key = 'body'\nblocks = true\nacross = false")
    outcome = run("news.jsonl", "--across")
    assert outcome.out == LINES.splitlines(keepends=True)[0]
    assert outcome.err.startswith("settings of pyproject.toml: blocks, text-key\n")
    assert run("news.jsonl", "--quiet") == (0, LINES, "")
    Path("s.toml").write_text("text-key = 'body'")
    assert (
        run("news.jsonl", "--config", "s.toml").err
        == "kept 1 of 2 documents; removed 1 exact copy\n"
    )


def test_settings_of_a_file_without_effect_are_left_out(run: Run) -> None:
    Path("s.toml").write_text(
        "blocks = true\nmin-df = 5\ntext-key = 'body'\ndelimiter = ';'\n"
        "memory = '600MB'\nmin-span = 7\nrecall = 0.5\n"
    )
    assert run("a.txt", "--config", "s.toml") == (0, CLEAN, SUMMARY)
    Path("keep.toml").write_text("keep = 'max:date'")
    assert run("a.txt", "--config", "keep.toml") == (0, CLEAN, SUMMARY)
    Path("news.jsonl").write_bytes(LINES)
    assert run("audit", "news.jsonl", "--config", "s.toml").code == 0
    Path("encoding.toml").write_text("text-key = 'body'\nencoding = 'latin-1'")
    assert run("news.jsonl", "--config", "encoding.toml").code == 0
    project("text-key = 'body'\nkeep = 'last'")
    assert run("news.jsonl", "--index", "seen.db").code == 0
    assert run("a.txt", "--config", "s.toml", "--min-df", "6").is_error("--min-df has no effect")
    outcome = run("news.jsonl", "--config", "s.toml", "--no-blocks", "--min-df", "6")
    assert outcome.is_error("--min-df has no effect without --blocks")
    project("text-key = 'body'\nacross = false\nseed = 2")
    outcome = run("news.jsonl", "--index", "seen.db", "--quiet")
    assert outcome.is_error("with --no-across; leave out --index (pyproject.toml sets across)\n")
    assert run("news.jsonl", "--config", "s.toml", "-o", "new.jsonl").code == 0


def test_a_file_that_leaves_nothing_to_remove_is_an_error(run: Run) -> None:
    project("within = false")
    said = (
        "pyproject.toml: within = false would leave the text unchanged: in a text only repeats are"
    )
    for arguments in (("a.txt",), ("a.txt", "-i"), ("a.txt", "--check")):
        assert run(*arguments).is_error(said)
    assert run("a.txt", "--spans").code == 0


def test_where_a_project_file_is_looked_for(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "repository/deep/deeper").mkdir(parents=True)
    project("threshold = 0.1")
    monkeypatch.chdir("repository/deep/deeper")
    assert settings(run)["threshold"] == 0.8  # no repository
    (folder / "repository/.git").mkdir()
    assert settings(run)["threshold"] == 0.8  # outside of it
    project("threshold = 0.2", str(folder / "repository"))
    assert settings(run)["threshold"] == 0.2
    (folder / "repository/deep/pyproject.toml").write_text("[tool.other]\nx = 'dedup-clean'")
    assert settings(run)["threshold"] == 0.2
    project("threshold = 0.3")
    assert settings(run)["threshold"] == 0.3
    Path("pyproject.toml").write_text("no toml at all")
    assert settings(run)["threshold"] == 0.2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("treshold = 1", "treshold is not a setting; did you mean threshold?"),
        ("ngram_size = 3", "ngram_size is not a setting; did you mean ngram-size?"),
        ("zzz = 3", "zzz is not a setting; use preset, threshold"),
        ("threshold = '0.7'", "threshold must be a number, got '0.7'; fix it, or give --threshold"),
        ("threshold = 1.2", "threshold must be in (0, 1], got 1.2; fix it"),
        ("threshold = true", "threshold must be a number, got True"),
        ("ngram-size = 2.5", "ngram-size must be a whole number, got 2.5"),
        ("unit = 'page'", "unit must be one of word, char"),
        ("blocks = 'yes'", "blocks must be True or False, got 'yes'"),
        ("text-key = [1]", "text-key must be a string or several strings, got [1]"),
        ("memory = 'much'", "memory 'much' is not a size; write 500000, 256MB or 1GiB"),
        ("memory = 1000", "memory must be at least 300 MB, got 1,000 bytes"),
        ("min-df = -1", "min-df must be a whole number >= 2, or a share in (0, 1), got -1"),
        ("min-span = 1", "min-span must be a whole number in 2.."),
        ("keep = 'oldest'", "keep must be longest, first, last, max:FIELD or min:FIELD"),
        ("preset = 'papers'", "preset must be one of news, strict"),
        ("format = 'pdf'", "format must be one of text, jsonl"),
        ("output = 'x'", "output cannot be set in a file; give --output in the command"),
        ("in-place = true", "in-place cannot be set in a file"),
        ("index = 'x.db'", "index cannot be set in a file"),
        ("json = true", "json cannot be set in a file; give --json"),
        ("errors = 'replace'", "errors cannot be set in a file"),
        ("x = [", "is not TOML ("),
        ("a.b = 1\na = 2", "is not TOML ("),
        ("[tool]\ndedup-clean = 3", "the settings must be a table, [tool.dedup-clean]; fix it"),
        ("[[tool.dedup-clean]]", "the settings must be a table"),
        ("tool = 1", "the settings must be a table"),
        ("\ufeffthreshold = 1.2", "threshold must be in (0, 1], got 1.2"),
    ],
)
def test_an_error_in_a_file_is_one_line_with_file_key_and_remedy(
    run: Run, folder: Path, text: str, said: str
) -> None:
    Path("s.toml").write_text(text)
    before = {*folder.iterdir()}
    assert run("a.txt", "--config", "s.toml").is_error(f"s.toml: {said}")
    assert run("audit", "a.txt", "--config", "s.toml").is_error(f"s.toml: {said}")
    assert {*folder.iterdir()} == before


def test_help_and_version_need_no_readable_file(run: Run) -> None:
    project("zzz = 3")
    assert run("--help").code == run("--version").code == run("audit", "-h").code == 0
    assert run("a.txt").is_error("pyproject.toml: zzz is not a setting")


@pytest.mark.parametrize("name", ["nope.toml", "."])
def test_a_file_of_settings_that_cannot_be_read(run: Run, name: str) -> None:
    assert run("a.txt", "--config", name).is_error(f"{Path(name)}: ", "name a TOML file")


def test_a_flag_that_overrides_a_file_may_say_the_default(run: Run) -> None:
    project("spans = true\nblocks = true\nwithin = false")
    assert run("a.txt", "-q", "--no-spans").is_error("pyproject.toml: within = false would leave")
    assert settings(run, "--no-blocks", "--within")["blocks"] is False
    assert dedup.Config() == dedup.Config.preset("news")
