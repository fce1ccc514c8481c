"""Each flag of the command, in each of its modes: it changes something, or is refused.

The flags are those of the command itself: a new one fails here until something is said of it.
"""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import click
import pytest

from dedup.cli.audit_command import audit
from dedup.cli.clean_command import clean
from dedup.cli.main import group
from dedup.cli.restore_command import restore
from tests.command_runner import Outcome, Run, workplace
from tests.flag_inputs import FILES, write_parquet
from tests.text_folders import contents

COMMANDS = {"clean": clean, "restore": restore, "audit": audit}
FLAGS = {
    name: {str(item.name): item for item in command.params if isinstance(item, click.Option)}
    for name, command in COMMANDS.items()
}
EAGER = {"version", "config", "show_settings"}  # see test_cli_settings
# How each mode is called, and what it reads.
MODES = {
    "text": ("a.txt",),
    "text, spans": ("a.txt", "--spans"),
    "texts": ("crawl", "--in-place"),
    "records": ("news.jsonl",),
    "csv": ("news.csv",),
    "warc": ("news.wet",),
    "parquet": ("news.parquet", "-o", "out.parquet"),
    "records, only spans": ("news.jsonl", "--spans", "--no-within"),
    "records, looked at": ("news.jsonl", "--check"),
    "folder": ("crawl", "-o", "out/"),
    "folder, looked at": ("crawl", "--check"),
    "restore": ("clean/a.txt", "restore", "text.ledger"),
    "restore records": ("clean.jsonl", "restore", "records.ledger"),
    "audit": ("news.jsonl", "audit"),
}
VALUES: dict[str, tuple[str, ...]] = {
    "output": ("elsewhere",),
    "backup_suffix": (".old",),
    "ledger": ("made.ledger",),
    "encoding": ("latin-1",),
    "errors": ("surrogateescape",),
    "preset": ("strict",),
    "measure": ("jaccard",),
    "threshold": ("0.99",),
    "unit": ("char",),
    "ngram_size": ("1",),
    "num_perm": ("16",),
    "recall": ("0.5",),
    "seed": ("9",),
    "split_by": ("sentence",),
    "keep": ("last",),
    "min_tokens": ("1",),
    "numeric_variants": ("remove",),
    "page_variants": ("keep",),
    "block_threshold": ("0.99",),
    "format": ("text",),
    "text": ("body",),
    "sample": ("3",),
    "judged": ("decided.jsonl",),
    "id": ("id",),
    "source": ("id",),
    "delimiter": (",",),
    "min_df": ("100",),
    "keep_pattern": ("Sign up",),
    "boilerplate": ("all",),
    "patterns": ("made.patterns",),
    "min_span": ("20",),
    "against": ("old.jsonl",),
    "decisions": ("decided.jsonl",),
    "index": ("seen.db",),
    "forget_after": ("30d",),
    "on_error": ("skip",),
    "quarantine": ("aside",),
    "shard_size": ("1kB",),
    "report": ("made.html",),
    "stats": ("made.stats",),
    "memory": ("900MB",),
    "threads": ("1",),
    "tmp_dir": (".",),
}
# What a flag needs beside it to have an effect; alone it is to be refused, or to show one.
BESIDE: dict[str, tuple[str, ...]] = {
    "backup_suffix": ("--in-place",),
    "num_perm": ("--measure", "jaccard"),
    "recall": ("--measure", "jaccard"),
    "min_df": ("--blocks", "--min-tokens", "4"),
    "keep_pattern": ("--blocks", "--min-tokens", "4"),
    "boilerplate": ("--blocks", "--min-tokens", "4"),
    "patterns": ("--blocks", "--min-tokens", "4"),
    "min_span": ("--spans",),
    "quarantine": ("--on-error", "quarantine"),
    "forget_after": ("--index", "seen.db"),
    "shard_size": ("-o", "shards/"),
    "annotate": ("-o", "elsewhere"),
    "id": ("--annotate", "-o", "elsewhere"),
}
# Inputs in which what a flag is about is there.
INPUTS = {
    ("errors", "text"): "bad.txt",
    ("errors", "text, spans"): "bad.txt",
    ("errors", "folder"): "bad",
    ("errors", "texts"): "bad",
    ("numeric_variants", "texts"): "a.txt",
    ("errors", "folder, looked at"): "bad",
    ("on_error", "records"): "bad.jsonl",
    ("on_error", "records, only spans"): "bad.jsonl",
    ("on_error", "records, looked at"): "bad.jsonl",
    ("on_error", "folder"): "bad",
    ("on_error", "folder, looked at"): "bad",
    ("on_error", "audit"): "bad.jsonl",
    ("quarantine", "records"): "bad.jsonl",
    ("errors", "restore"): "clean/bad.txt",
    ("delimiter", "records"): "cells.csv",
    ("delimiter", "csv"): "cells.csv",
    ("on_error", "csv"): "bad.csv",
    ("on_error", "warc"): "bad.wet",
}
# What changes nothing that can be seen: less is said, or the same is done in another way.
UNSEEN = {
    "quiet",
    "seed",
    "num_perm",
    "recall",
    "threads",
    "memory",
    "tmp_dir",
    "id",
    "index",  # where it is only looked at, one that is not there
    "forget_after",
}


# Where these are wrong, the error is of the file.
UNNAMED = {"format", "delimiter", "encoding"}

Files = dict[str, bytes]
Done = tuple[Outcome, Files]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the files once."""
    folder = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patch, workplace(folder, patch):
        for name, data in FILES.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(data)
        for name in ("a.txt", "bad.txt"):
            (folder / "clean").mkdir(exist_ok=True)
            (folder / "clean" / name).write_bytes(FILES[name])
        for arguments in (
            [
                "clean/a.txt",
                "clean/bad.txt",
                "-i",
                "--backup-suffix",
                "",
                "--ledger",
                "text.ledger",
                "--errors",
                "surrogateescape",
            ],
            ["news.jsonl", "-o", "clean.jsonl", "--ledger", "records.ledger"],
        ):
            assert group.main(arguments, standalone_mode=False)() == 0
    with suppress(ImportError):
        write_parquet(folder / "news.parquet")
    return folder


@pytest.fixture(scope="module")
def place(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where commands work, one after another."""
    return shutil.copytree(made, tmp_path_factory.mktemp("at") / "work")


@pytest.fixture(scope="module")
def before(made: Path) -> Files:
    return contents(made)


@pytest.fixture
def at(
    run: Run, made: Path, place: Path, before: Files, monkeypatch: pytest.MonkeyPatch
) -> Iterator["Workplace"]:
    # An audit spends most of its time on the planted edits.
    monkeypatch.setattr("dedup.auditing.planted_edits.MAX_PLANTED_TEXTS", 4)
    with workplace(place, monkeypatch):
        shutil.copy(made / "a.txt", place)
        yield Workplace(run, place, made, before)


class Workplace:
    """What commands do to the files that were made, each by itself."""

    def __init__(self, run: Run, folder: Path, made: Path, before: Files) -> None:
        self._run, self._folder, self._made, self.before = run, folder, made, before

    def done(self, arguments: Sequence[str]) -> Done:
        """Return what a command did, and the files that there are then; put back what there was."""
        try:
            outcome = self._run(*arguments)
        finally:
            after = contents(self._folder)
            if after != self.before:
                self._put_back()
        return outcome, after

    def without(self, arguments: Sequence[str]) -> Done:
        """Return what a command does that has no more flags."""
        known = tuple(arguments)
        if known not in WITHOUT:
            WITHOUT[known] = self.done(arguments)
        return WITHOUT[known]

    def _put_back(self) -> None:
        for path in self._folder.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        shutil.copytree(self._made, self._folder, dirs_exist_ok=True)


WITHOUT: dict[tuple[str, ...], Done] = {}


def flags_of(name: str) -> list[str]:
    item = next(flags[name] for flags in FLAGS.values() if name in flags)
    written = max(item.opts, key=len)
    if item.secondary_opts and item.default is not False:  # on already
        return [item.secondary_opts[0]]
    return [written, *VALUES[name]] if not item.is_flag else [written]


def arguments_of(name: str, mode: str) -> list[str]:
    first, *others = MODES[mode]
    return [*others, INPUTS.get((name, mode), first)]


def command_of(mode: str) -> str:
    return MODES[mode][1] if len(MODES[mode]) > 1 and MODES[mode][1] in COMMANDS else "clean"


def is_there(name: str, mode: str) -> bool:
    """Tell whether a mode has a flag, or all that it would do."""
    item = FLAGS[command_of(mode)][name]
    options = {*item.opts, *item.secondary_opts}
    return bool(options.intersection(MODES[mode])) or (
        name == "dry_run" and "--check" in MODES[mode]
    )


@pytest.mark.parametrize(
    ("name", "mode"),
    [
        (name, mode)
        for mode in MODES
        for name in sorted(FLAGS[command_of(mode)].keys() - EAGER)
        if not is_there(name, mode)
    ],
)
def test_a_flag_alone_changes_something_or_is_refused(at: Workplace, name: str, mode: str) -> None:
    arguments, flags = arguments_of(name, mode), flags_of(name)
    if name == "format" and not mode.startswith(("records", "audit")):
        flags = ["--format", "jsonl"]  # where text would be none
    if mode == "parquet":
        pytest.importorskip("pyarrow")
    outcome, files = at.done([*arguments, *flags])
    if outcome.code == 2:
        assert outcome.is_error(flags[0] if name not in UNNAMED else "")
        assert files == at.before
        return
    assert name in UNSEEN or (outcome, files) != at.without(arguments)


@pytest.mark.parametrize("name", BESIDE)
def test_a_flag_with_what_it_goes_with_is_taken(at: Workplace, name: str) -> None:
    arguments = [*arguments_of(name, "records"), *BESIDE[name]]
    outcome, files = at.done([*arguments, *flags_of(name)])
    assert outcome.code == 0, outcome.err
    assert name in UNSEEN - {"id"} or (outcome, files) != at.without(arguments)


@pytest.mark.parametrize("name", sorted(BESIDE.keys() - {"annotate", "id"}))
def test_a_flag_without_what_it_goes_with_is_refused(at: Workplace, name: str) -> None:
    outcome, files = at.done([*MODES["records"], *flags_of(name)])
    assert outcome.is_error(flags_of(name)[0])
    assert files == at.before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("a.txt --spans --preset strict", "--preset has no effect where no texts"),
        ("a.txt --spans --keep last", "--keep has no effect where no copy is chosen"),
        ("a.txt --errors replace --ledger x", "replace loses bytes: leave out --ledger"),
        ("a.txt --spans --threshold 0.8", "--threshold has no effect where no texts or paragraphs"),
        ("a.txt --page-variants keep", "--page-variants has no effect where no texts are compared"),
        ("news.jsonl --unit code --page-variants keep", "without --unit word or char"),
        ("a.txt --no-across", "--no-across has no effect on a text that is cleaned"),
        ("news.jsonl --no-within --min-tokens 5", "where no paragraphs are compared (--no-within"),
        ("news.jsonl --preset exact --threshold 0.5", "--threshold has no effect with --unit text"),
        (
            "news.jsonl --unit folded_text --ngram-size 3",
            "no effect with --unit text or fold",
        ),
        ("news.jsonl --preset exact --measure jaccard --num-perm 64", "--measure has no effect"),
        ("news.jsonl --preset exact --block-threshold 0.9", "where no paragraphs are compared"),
        ("news.jsonl --block-threshold 0.5", "no effect unless it is higher than --threshold"),
        ("news.jsonl --no-within --block-threshold 0.9", "where no paragraphs are compared"),
        ("a.txt --measure jaccard --num-perm 64", "where no texts are compared (a single"),
        ("news.jsonl --no-across --measure jaccard --recall 0.9", "--recall has no effect without"),
        ("news.jsonl --no-across --keep last", "--keep has no effect where no copy is chosen"),
        ("news.jsonl --no-across --against old.jsonl", "--against has no effect with --no-across"),
        (
            "news.jsonl --no-across --decisions decided.jsonl",
            "--decisions has no effect with --no-",
        ),
        ("news.jsonl --index x.db --decisions decided.jsonl", "no effect with --index, which has"),
        ("news.jsonl --spans --decisions decided.jsonl", "no effect with --spans, which removes"),
        ("a.txt --decisions decided.jsonl", "--decisions has no effect on a text that is cleaned"),
        ("audit news.jsonl --decisions decided.jsonl", "no such option: --decisions"),
        ("audit news.jsonl --on-error quarantine", "'quarantine' is not one of 'fail', 'skip'"),
        ("audit news.jsonl --min-tokens 5", "no such option: --min-tokens"),
        ("audit news.jsonl --unit text --threshold 0.5", "--threshold has no effect with --unit"),
        ("audit news.jsonl --recall 0.5", "--recall has no effect without --measure jaccard"),
        ("crawl -n --backup-suffix .x", "--backup-suffix has no effect without --in-place"),
        ("restore text.ledger a.txt --spans", "no such option: --spans"),
        ("restore text.ledger a.txt --backup-suffix x", "has no effect without --in-place"),
        (
            "news.jsonl --spans --no-within --no-across",
            "--spans has no effect with --no-within and --no-across",
        ),
    ],
)
def test_what_is_said_of_a_flag_that_does_nothing(at: Workplace, arguments: str, said: str) -> None:
    outcome, files = at.done(arguments.split())
    assert outcome.is_error(said)
    assert files == at.before


def test_settings_of_a_preset_may_do_nothing_as_long_as_one_does_something(at: Workplace) -> None:
    assert at.done(["a.txt", "--spans", "--preset", "ocr", "--check"])[0].code in (0, 1)
    assert at.done(["a.txt", "--preset", "web", "--check"])[0].code == 1
    assert at.done(["news.jsonl", "--preset", "exact"])[0].code == 0
    assert at.done(["a.txt", "--threshold", "0.5", "--block-threshold", "0.5"])[0].code == 0
    assert at.done(["a.txt", "--block-threshold", "0.9"])[0].code == 0


def test_of_every_flag_something_is_said() -> None:
    every = {name: item for flags in FLAGS.values() for name, item in flags.items()}
    assert set(VALUES) == {
        name for name, item in every.items() if not item.is_flag and name not in EAGER
    }
