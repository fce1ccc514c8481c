"""The command, in process: arguments in, bytes and an exit code out."""

import io
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

import dedup
from dedup import ConfigError
from dedup.arrays import native
from dedup.cli.clean_command import clean
from dedup.cli.flags import config_of
from dedup.cli.main import group, main
from dedup.config import PRESETS, Config, Preset
from tests.command_runner import ARTICLE, CLEAN, SUMMARY, Run, listing

OTHER = {"measure": "jaccard", "threshold": 0.7, "ngram_size": 3, "num_perm": 64, "recall": 0.9}
OTHER |= {
    "unit": "char",
    "numeric_variants": "remove",
    "page_variants": "keep",
    "seed": 7,
    "split_by": "line",
    "keep": "last",
    "min_tokens": 5,
    "block_threshold": 0.9,
}
# Without these, a flag would have no effect, and be refused.
BESIDE = {"num_perm": {"measure": "jaccard"}, "recall": {"measure": "jaccard"}}


pytestmark = pytest.mark.usefixtures("folder")


@pytest.mark.parametrize("name", OTHER)
def test_a_flag_reaches_the_settings(run: Run, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    seen: list[Config] = []
    monkeypatch.setattr(
        "dedup.cli.clean_command.clean_records", lambda job, _: seen.append(job.config)
    )
    settings = {name: OTHER[name]} | BESIDE.get(name, {})
    flags = [part for key, value in settings.items() for part in (as_flag(key), value)]
    assert run("--check", "a.txt", "b.txt", *flags).code == 0
    assert seen == [Config.of(None, settings)]
    assert getattr(seen[0], name) != getattr(Config(), name)


def as_flag(name: str) -> str:
    return "--" + name.replace("_", "-")


@pytest.mark.parametrize(
    ("core", "missing", "said"),
    [
        (SimpleNamespace(level=lambda: "v3"), False, "compiled core, v3"),
        (None, True, "slow, without the compiled core: install a C++ compiler"),
        (None, False, "slow, without the compiled core: DEDUP_NATIVE=0"),
    ],
)
def test_version_and_build(
    core: object, *, missing: bool, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(native, "core", core)
    monkeypatch.setattr(native, "core_is_missing", missing)
    assert native.describe_core().startswith(said)


def test_version(run: Run) -> None:
    said = f"dedup-clean {dedup.__version__} ({native.describe_core()})\n"
    assert run("--version") == (0, said.encode(), "")


@pytest.mark.parametrize("wanted", ["nonsense", "V3", "1"])
def test_a_wrong_choice_of_the_core_is_an_error_in_one_line(wanted: str) -> None:
    code = "import sys; from dedup.cli.main import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", code, "missing.txt"],
        env={**os.environ, native.NATIVE_VARIABLE: wanted},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("dedup-clean: error: DEDUP_NATIVE must be 0, require or a level")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_script(run: Run, shell: str) -> None:
    code, out, err = run("completion", shell)
    assert (code, err) == (0, "")
    assert f"_DEDUP_CLEAN_COMPLETE={shell}_complete".encode() in out
    assert b"%(" not in out


@pytest.mark.parametrize("name", ["audit", "restore"])
def test_a_flag_of_old_names_its_command(run: Run, name: str) -> None:
    code, _, err = run(f"--{name}", "a.txt")
    assert code == 2
    assert f"--{name} is now a command: dedup-clean {name} " in err


def test_a_renamed_flag_names_the_new_one(run: Run) -> None:
    assert run("a.txt", "--block", "line").is_error("--block is now --split-by")


def test_clean_text_goes_to_stdout_and_a_summary_to_stderr(run: Run) -> None:
    assert run("a.txt") == (0, CLEAN, SUMMARY)
    assert run("--quiet", "a.txt") == (0, CLEAN, "")


@pytest.mark.parametrize("arguments", [[], ["-"]])
def test_standard_input(run: Run, arguments: list[str]) -> None:
    assert run(*arguments, stdin=ARTICLE) == (0, CLEAN, SUMMARY)


def test_a_terminal_as_standard_input_is_not_waited_for(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdin", terminal)
    assert main([]) == 2
    assert "name one, or - for standard input" in capsys.readouterr().err


@pytest.mark.parametrize("text", [b"", b"\n", b"\n \n\t\n\n", b"x", b"\xef\xbb\xbfx\r\n", b"\r\r"])
def test_a_text_without_repeats_comes_out_as_it_went_in(run: Run, text: bytes) -> None:
    code, out, err = run("-", stdin=text)
    assert (code, out) == (0, text)
    assert err.startswith("nothing repeats") and err.count("\n") == 1
    assert run("-", "--check", stdin=text).code == 0
    assert run("-", "-o", "out.txt", stdin=text).code == 0
    assert Path("out.txt").read_bytes() == text


def test_several_files_to_stdout_in_order_with_named_summaries(run: Run) -> None:
    Path("b.txt").write_bytes(b"Short.\n")
    nothing = "nothing repeats in 1 sentence, 7 characters\n"
    wanted = (0, b"Short.\n" + CLEAN, f"b.txt: {nothing}a.txt: {SUMMARY}")
    assert run("b.txt", "a.txt") == wanted


def test_output_file_and_output_folder(run: Run, folder: Path) -> None:
    (folder / "b.txt").write_bytes(b"Short.\n")
    assert run("a.txt", "-o", "one.txt") == (0, b"", SUMMARY)
    assert run("a.txt", "b.txt", "-q", "-o", "made/here") == (0, b"", "")
    (folder / "old").mkdir()
    assert run("a.txt", "-q", "-o", "old").code == 0
    assert (folder / "one.txt").read_bytes() == (folder / "old/a.txt").read_bytes() == CLEAN
    assert listing(folder / "made/here") == {"a.txt": CLEAN, "b.txt": b"Short.\n"}


def test_one_line_of_many_megabytes(run: Run) -> None:
    line = b"word " * 400_000
    assert run("-", "-q", "--split-by", "line", stdin=line) == (0, line, "")


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        ("nope.txt", ["nope.txt: no such file", "check the path"]),
        ("sub", ["sub: text files need an output folder", "-o FOLDER"]),
        ("binary", ["binary: is not text but binary", "byte 4", "name a text file"]),
        (
            "latin",
            ["is not valid utf-8 at byte 8 (line 2)", "--encoding", "--errors replace"],
        ),
        ("utf16", ["utf16: looks like UTF-16", "--encoding utf-16"]),
        ("a.txt --encoding nope", ["encoding", "'nope'", "utf-8"]),
        ("a.txt --encoding rot13", ["encoding", "'rot13'"]),
        ("a.txt --errors ignore", ["'ignore'", "'replace'"]),
        ("a.txt --threshold 1.5", ["--threshold must be in (0, 1], got 1.5"]),
        ("a.txt --threshold nan", ["threshold", "nan"]),
        ("a.txt --ngram-size 0", ["--ngram-size must be in 1..64, got 0"]),
        ("a.txt --ngram-size many", ["--ngram-size", "'many'"]),
        ("a.txt --measure cosine", ["--measure", "containment", "jaccard"]),
        ("a.txt --seed -1", ["seed"]),
        ("a.txt --thresold 1", ["--thresold", "--help"]),
        ("a.txt -o", ["-o", "--help"]),
        ("a.txt -o a.txt", ["a.txt is an input", "--in-place"]),
        ("a.txt -o link", ["link is an input"]),
        ("a.txt -o no/where.txt", ["no/where.txt: cannot be written (no such file"]),
        ("a.txt blank -o latin", ["latin is a file", "-o"]),
        ("a.txt ./a.txt -o out", ["a.txt: is named twice"]),
        ("a.txt - -o sub", ["standard input has no file name"]),
        ("- -", ["standard input (-) can be read only once"]),
        ("-i -", ["--in-place needs plain files"]),
        ("-i a.txt -o b.txt", ["--output has no effect with --in-place"]),
        ("-n a.txt -o b.txt", ["--output has no effect with --dry-run"]),
        ("-n -i a.txt", ["--in-place has no effect with --dry-run"]),
        ("-n a.txt --ledger l", ["--ledger has no effect with --dry-run"]),
        ("--check a.txt -o b.txt", ["--output has no effect with --dry-run, --diff or --check"]),
        ("--check -i a.txt", ["--check, which write no output"]),
        ("--check a.txt --ledger l", ["--check, which write no output"]),
        ("-i a.txt --backup-suffix /b", ["--backup-suffix", "slash"]),
        ("-i a.txt --ledger a.txt", ["a.txt: two outputs"]),
        ("-i a.txt a.txt", ["a file is named twice", "leave one out"]),
        ("a.txt --ledger old", ["old exists already"]),
        ("a.txt --ledger link", ["link is an input"]),
        ("a.txt -o b.txt --ledger b.txt", ["b.txt"]),
        ("a.txt --ledger -", ["ledger"]),
        ("a.txt -q --ledger sub", ["sub: cannot be written (is a directory)"]),
        ("restore nope a.txt", ["nope: no such file"]),
        ("restore latin a.txt", ["latin: line 1"]),
        ("restore blank a.txt", ["blank: has no removals from a.txt"]),
        (
            "restore blank a.txt --ledger l",
            ["no such option: --ledger", "see dedup-clean restore --help"],
        ),
        ("restore blank a.txt -o blank", ["blank"]),
        ("restore", ["Missing argument 'LEDGER'", "see dedup-clean restore --help"]),
    ],
)
def test_an_error_is_one_line_and_changes_nothing(
    run: Run, folder: Path, arguments: str, parts: list[str]
) -> None:
    (folder / "sub").mkdir()
    (folder / "sub/a.txt").write_bytes(b"another")
    (folder / "link").symlink_to("a.txt")
    files = {
        "binary": b"\x7fELF\0\1",
        "utf16": "né".encode("utf-16"),
        "blank": b" \n",
        "old": b"{}",
    }
    for name, data in {**files, "latin": b"first\nna\xefve\n"}.items():
        (folder / name).write_bytes(data)
    before = listing(folder)
    assert run(*arguments.split()).is_error(*parts)
    assert listing(folder) == before
    assert listing(folder / "sub") == {"a.txt": b"another"}


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_the_same_from_both_sides(name: Preset, folder: Path) -> None:
    (folder / "a.txt").write_text("Text.")

    def config_with(*flags: str) -> Config:
        return config_of(clean.make_context("clean", ["a.txt", *flags]).params)

    assert config_with("--preset", name) == Config.preset(name)
    more = config_with("--threshold", "0.7", "--preset", name)
    assert more == Config.preset(name, threshold=0.7)


def test_a_preset_that_is_none(run: Run) -> None:
    with pytest.raises(ConfigError, match="preset must be one of news, strict, ocr, short, web"):
        Config.preset("papers")  # type: ignore[arg-type]
    assert "'papers' is not one of" in run("a.txt", "--preset", "papers").err


def test_an_empty_path_is_not_the_folder_it_would_be(run: Run) -> None:
    code, out, err = run("")
    assert (code, out) == (2, b"")
    assert "a path is empty; name a file, or - for standard input;" in err
    assert "a path is empty; name a file, or - for standard output;" in run("-o", "").err
    assert "a path is empty; name a file;" in run("a.txt", "--against", "").err


def test_a_text_is_not_written_plain_under_the_name_of_a_compressed_one(run: Run) -> None:
    code, out, err = run("a.txt", "-o", "a.txt.gz")
    assert (code, out) == (2, b"")
    assert "a.txt.gz: texts are written uncompressed; choose another name, as in a.txt" in err
    assert not Path("a.txt.gz").exists()
    assert run("a.txt", "-q", "-o", "texts.gz/").code == 0


@pytest.mark.filterwarnings("default")
def test_a_missing_core_is_one_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native, "core", None)
    monkeypatch.setattr(native, "core_is_missing", True)
    native._warn_of_slowness.cache_clear()  # noqa: SLF001
    said = run(stdin=ARTICLE).err
    assert said.startswith("dedup-clean: warning: dedup was built without its compiled core")
    assert said.endswith(SUMMARY)
    assert said.count("\n") == 2
    assert run(stdin=ARTICLE).err == SUMMARY


def test_an_interrupt_while_options_are_read(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group, "invoke", interrupt)
    result = run()
    assert result.code == 130
    assert result.err.strip() == "dedup-clean: error: interrupted; no file was changed"


def interrupt(_: object) -> None:
    raise KeyboardInterrupt
