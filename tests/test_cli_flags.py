"""Each flag of the command, in each of its modes: it changes something, or is refused.

The flags are those of the command itself: a new one fails here until something is said of it.
"""

import json
import random
import shutil
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
import pytest

from command_runner import Outcome, Run, workplace
from dedup.cli import command
from dedup.modes import USES
from folders import contents

FLAGS = {item.name: item for item in command.params if isinstance(item, click.Option)}
EAGER = {"completion", "version"}  # print something else, and end
FOOTER = "Sign up for our letter and have the news of the county before you get up."
FIGURES = (
    "The board of Vey Shipping declared a quarterly dividend of {} cents a share to those who hold "
    "one at the close of business, and said that it expects to keep to this policy as long as "
    "trade at the port goes on as it did in the last two years."
)
KNOWN = ["".join(random.Random(word).choices("aeilnorst", k=6)) for word in range(2000)]


def words(number: int, count: int = 40) -> list[str]:
    """Return some of 2,000 words of six letters."""
    return random.Random(number).choices(KNOWN, k=count)


def text_of(number: int) -> str:
    """Return a text whose lines repeat one another in every way that a setting tells apart."""
    story, other, third, typed = (words(number + part) for part in range(4))
    lines = [
        story,
        ["changed", *story[1:-1], "changed"],
        words(number + 4, 5),
        other,
        other[:24],
        third,
        random.Random(number).sample(third, len(third)),
        typed,
        [f"x{word[1:]}" if place % 5 == 0 else word for place, word in enumerate(typed)],
        words(number + 4, 5),
        [*words(number + 5, 30), "naïve.", *words(number + 6, 30)],
        [*words(number + 7, 30), "odd.", *words(number + 6, 30)],
        [*words(number + 8, 60), "glued", *words(number + 9, 30)],
        [*words(number + 10, 30), *words(number + 8, 60), *words(number + 11, 30)],
        [*words(number + 12, 70), *words(number + 9, 30)],
        [*words(number + 13, 70), *words(number + 12, 45)],
    ]
    return "".join(" ".join(line).capitalize() + "\n" for line in lines)


def records() -> list[str]:
    whole = [line.strip() for line in text_of(100).splitlines()]
    accents = " ".join(f"{word}é" for word in words(200))
    return [
        *whole,
        whole[0].upper(),
        text_of(300),
        *(FIGURES.format(cents) for cents in (12, 15)),
        *(unicodedata.normalize(form, accents) for form in ("NFC", "NFD")),
        *(f"{' '.join(words(400 + row, 20 + 9 * row))}\n{FOOTER}\n" for row in range(14)),
    ]


RECORDS = records()
FILES = {
    "a.txt": text_of(0).encode(),
    "news.jsonl": b"".join(
        json.dumps({"id": f"r{row}", "body": " ".join(words(row % 9)), "text": text}).encode()
        + b"\n"
        for row, text in enumerate(RECORDS)
    ),
    "old.jsonl": json.dumps({"text": RECORDS[0]}).encode() + b"\n",
    "old/old.txt": RECORDS[0].encode(),
    "bad.txt": text_of(0).encode() + b"na\xefve\n",
    "bad.jsonl": b'{"text": "one"}\n{oops\n',
    "bad/bad.txt": b"na\xefve\n",
    "cells.csv": b"text;b,c\none, two;1\nOne two;2\n",
    **{f"crawl/{row:02}.txt": text.encode() for row, text in enumerate(RECORDS)},
}
# How each mode is called, and what it reads.
MODES = {
    "text": ("a.txt",),
    "text, spans": ("a.txt", "--spans"),
    "records": ("news.jsonl",),
    "records, only spans": ("news.jsonl", "--spans", "--no-within"),
    "records, looked at": ("news.jsonl", "--check"),
    "folder": ("crawl", "-o", "out/"),
    "folder, looked at": ("crawl", "--check"),
    "restore": ("clean/a.txt", "--restore", "text.ledger"),
    "restore records": ("clean.jsonl", "--restore", "records.ledger"),
    "audit": ("news.jsonl", "--audit"),
}
VALUES: dict[str, tuple[str, ...]] = {
    "output": ("elsewhere",),
    "backup_suffix": (".old",),
    "ledger": ("made.ledger",),
    "restore": ("text.ledger",),
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
    "block": ("sentence",),
    "keep": ("last",),
    "min_tokens": ("1",),
    "templates": ("remove",),
    "block_threshold": ("0.99",),
    "format": ("text",),
    "text_key": ("body",),
    "id_key": ("id",),
    "delimiter": (",",),
    "min_df": ("100",),
    "keep_pattern": ("Sign up",),
    "boilerplate": ("all",),
    "patterns": ("made.patterns",),
    "min_span": ("20",),
    "against": ("old.jsonl",),
    "on_error": ("skip",),
    "quarantine": ("aside",),
    "shard_size": ("1kB",),
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
    "shard_size": ("-o", "shards/"),
    "resume": ("-o", "elsewhere"),
    "annotate": ("-o", "elsewhere"),
    "id_key": ("--annotate", "-o", "elsewhere"),
}
# Inputs in which what a flag is about is there.
INPUTS = {
    ("errors", "text"): "bad.txt",
    ("errors", "text, spans"): "bad.txt",
    ("errors", "folder"): "bad",
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
}
# What changes nothing that can be seen: less is said, or the same is done in another way.
UNSEEN = {"quiet", "seed", "num_perm", "recall", "threads", "memory", "tmp_dir", "resume", "id_key"}


# Where these are wrong, the error is of the file.
UNNAMED = {"format", "delimiter", "encoding", "restore"}


@pytest.fixture
def run(capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> Run:
    return Run(capsysbinary, monkeypatch)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the files once."""
    folder = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patch, workplace(folder, patch):
        for name, data in FILES.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(data)
        for arguments in (
            [
                "a.txt",
                "bad.txt",
                "-o",
                "clean",
                "--ledger",
                "text.ledger",
                "--errors",
                "surrogateescape",
            ],
            ["news.jsonl", "-o", "clean.jsonl", "--ledger", "records.ledger"],
        ):
            assert command.main(arguments, standalone_mode=False)() == 0
    return folder


@pytest.fixture
def at(
    run: Run, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator["Workplace"]:
    with workplace(tmp_path, monkeypatch):
        shutil.copytree(made, tmp_path, dirs_exist_ok=True)
        yield Workplace(run, tmp_path, made, contents(tmp_path))


Done = tuple[Outcome, dict[str, bytes]]


class Workplace:
    """What commands do to the files that were made, each by itself."""

    def __init__(self, run: Run, folder: Path, made: Path, before: dict[str, bytes]) -> None:
        self._run, self._folder, self._made, self.before = run, folder, made, before

    def done(self, arguments: Sequence[str]) -> Done:
        """Return what a command did, and the files that there are then; put back what there was."""
        outcome, after = self._run(*arguments), contents(self._folder)
        if after != self.before:
            for path in self._folder.iterdir():
                shutil.rmtree(path) if path.is_dir() else path.unlink()
            shutil.copytree(self._made, self._folder, dirs_exist_ok=True)
        return outcome, after

    def without(self, arguments: Sequence[str]) -> Done:
        """Return what a command does that has no more flags."""
        known = tuple(arguments)
        if known not in WITHOUT:
            WITHOUT[known] = self.done(arguments)
        return WITHOUT[known]


WITHOUT: dict[tuple[str, ...], Done] = {}


def flags_of(name: str) -> list[str]:
    item = FLAGS[name]
    written = max(item.opts, key=len)
    if item.secondary_opts:  # on already
        return [item.secondary_opts[0]]
    return [written, *VALUES[name]] if not item.is_flag else [written]


def arguments_of(name: str, mode: str) -> list[str]:
    first, *others = MODES[mode]
    return [INPUTS.get((name, mode), first), *others]


def is_there(name: str, mode: str) -> bool:
    """Tell whether a mode has a flag, or all that it would do."""
    options = {*FLAGS[name].opts, *FLAGS[name].secondary_opts}
    return bool(options.intersection(MODES[mode])) or (
        name == "dry_run" and "--check" in MODES[mode]
    )


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", sorted(FLAGS.keys() - EAGER))
def test_a_flag_alone_changes_something_or_is_refused(at: Workplace, name: str, mode: str) -> None:
    arguments, flags = arguments_of(name, mode), flags_of(name)
    if name == "format" and not mode.startswith(("records", "audit")):
        flags = ["--format", "jsonl"]  # where text would be none
    if is_there(name, mode):
        pytest.skip("is there already")
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
    assert name in UNSEEN - {"id_key"} or (outcome, files) != at.without(arguments)


@pytest.mark.parametrize("name", sorted(BESIDE.keys() - {"annotate", "id_key"}))
def test_a_flag_without_what_it_goes_with_is_refused(at: Workplace, name: str) -> None:
    outcome, files = at.done([*MODES["records"], *flags_of(name)])
    assert outcome.is_error(flags_of(name)[0])
    assert files == at.before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("a.txt --spans --preset strict", "--preset has no effect with --spans: leave it out"),
        ("a.txt --spans --keep last", "--keep has no effect with --spans"),
        ("a.txt --spans --threshold 0.8", "--threshold has no effect with --spans"),
        ("a.txt --annotate --no-across", "--no-across, --annotate are for files of records"),
        (
            "news.jsonl --no-within --min-tokens 5",
            "no effect with --no-within and without --blocks",
        ),
        ("news.jsonl --no-across --keep last", "--keep has no effect with --no-across"),
        ("news.jsonl --no-across --against old.jsonl", "--against has no effect with --no-across"),
        ("news.jsonl --audit --on-error quarantine", "--audit sets nothing aside: give --on-error"),
        (
            "news.jsonl --audit --min-tokens 5",
            "--audit only reads and reports: leave out --min-tok",
        ),
        ("crawl -n --backup-suffix .x", "--backup-suffix has no effect without --in-place"),
        ("a.txt --restore text.ledger --spans", "--quiet only: leave out --spans"),
        ("clean.jsonl --restore records.ledger --blocks", "--restore of records goes with --outp"),
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


def test_of_every_flag_something_is_said() -> None:
    assert set(USES) == FLAGS.keys() - EAGER
    assert set(VALUES) == {
        name for name, item in FLAGS.items() if not item.is_flag and name not in EAGER
    }
