"""A walk over all commands and flags: each agrees with the settings, the help and the docs."""

import os
import re
from dataclasses import Field, fields
from pathlib import Path
from typing import get_args, get_type_hints

import click
import pytest

from dedup.cli.effects import cleaning_rules
from dedup.cli.flags import FLAG_DEFAULTS, IN_COMMAND
from dedup.cli.main import group, main
from dedup.cli.settings_file import KEYS
from dedup.config import Config
from dedup.datasets.dataset_options import DatasetOptions
from dedup.datasets.job import Job

DOCS = (Path(__file__).parents[2] / "docs" / "reference" / "command.md").read_text()


def commands_of(command: click.Command, path: str) -> dict[str, click.Command]:
    found = {} if path == "dedup-clean" else {path: command}
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            found |= commands_of(inner, f"{path} {name}")
    return found


COMMANDS = commands_of(group, "dedup-clean")
OPTIONS = [
    (path, item)
    for path, command in COMMANDS.items()
    for item in command.params
    if isinstance(item, click.Option)
]
CLEAN: dict[str, click.Option] = {
    str(item.name): item for path, item in OPTIONS if path == "dedup-clean clean"
}
named = [f"{path} {item.name}" for path, item in OPTIONS]


def help_of(path: str, columns: int) -> str:
    context = click.Context(group, info_name="dedup-clean", **group.context_settings)
    command = COMMANDS[path]
    for name in path.split()[1:]:
        context = click.Context(
            command if name == command.name else group, parent=context, info_name=name
        )
    context.terminal_width = columns
    return click.unstyle(command.get_help(context))


@pytest.mark.parametrize("path", COMMANDS)
def test_the_help_of_a_command_fits(path: str) -> None:
    wide, narrow = help_of(path, 100).splitlines(), help_of(path, 80).splitlines()
    assert len(wide) <= 80 and max(map(len, wide)) <= 100
    assert len(narrow) <= 120 and max(map(len, narrow)) <= 80


@pytest.mark.parametrize(("path", "option"), OPTIONS, ids=named)
def test_help_and_docs_name_an_option(path: str, option: click.Option) -> None:
    text = " ".join(help_of(path, 100).split())
    assert option.help and " ".join(option.help.rstrip(".").split()) in text
    flags = option.secondary_opts if option.default in (True, None) else option.opts
    assert all(f" {flag}" in text for flag in flags or option.opts)
    assert any(f"`{flag}" in DOCS for flag in [*option.opts, *option.secondary_opts])
    choices = option.type.choices if isinstance(option.type, click.Choice) else ()
    assert all(choice in option.help for choice in choices if option.name != "on_error")


def test_the_docs_name_no_other_flag() -> None:
    known = {flag for _, item in OPTIONS for flag in (*item.opts, *item.secondary_opts)}
    known |= {"--help", "-h", "--version"}
    assert {*re.findall(r"`(--?[a-z][a-z-]*)", DOCS)} <= known


@pytest.mark.parametrize("kind", [Config, DatasetOptions, Job])
def test_every_field_is_a_flag_of_clean_with_its_default(kind: type[Config]) -> None:
    made = {
        "inputs",
        "names",
        "named_files",
        "listings",
        "config",
        "options",
        "index_config",
        "progress",
        "shows_parts",
    }
    for field in fields(kind):
        if field.name in made:
            continue
        default = CLEAN[field.name].default
        given = tuple(default) if isinstance(default, list) else default
        if kind.__name__ != "DatasetOptions" or field.name != "keep":  # auto is the longest there
            assert (given or field.default) == (field.default or given), field.name
    assert CLEAN.keys() == FLAG_DEFAULTS.keys() - made - {"sample", "judged"} | {
        "config",
        "show_settings",
        "version",
    }


@pytest.mark.parametrize("field", fields(Config), ids=lambda field: str(field.name))
def test_a_setting_has_its_choices(field: Field[object]) -> None:
    option = CLEAN[field.name]
    assert option.opts[0] == "--" + field.name.replace("_", "-")
    choices = option.type.choices if isinstance(option.type, click.Choice) else ()
    every = get_args(get_type_hints(Config)[field.name])
    assert [choice for choice in choices if ":FIELD" not in choice] == [
        choice
        for choice in every
        if choice != "token"  # that of lists
    ]


def test_every_option_has_a_place_in_the_rules() -> None:
    always = {"config", "show_settings", "version", "sample", "judged", "preset", "format"}
    always |= {"check", "as_json", "quiet", "report"}  # change what is shown
    rules = cleaning_rules("text", "text", FLAG_DEFAULTS)
    in_rules = {name for names, _, _ in rules for name in names.split()}
    assert in_rules == FLAG_DEFAULTS.keys() & {*CLEAN} - always
    in_files = {*KEYS.values()}
    assert in_files.isdisjoint(IN_COMMAND)
    assert in_files | {*IN_COMMAND} == {*CLEAN, "sample", "judged"} - {"version"}


@pytest.mark.parametrize("path", [path for path in COMMANDS if " clean" not in path])
def test_a_command_wins_over_a_file_of_its_name(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    name = path.split()[1]
    Path(name).write_text("The ferry was late.\n")
    assert main([name, "--help"]) == 0
    assert capsys.readouterr().out.startswith(f"Usage: {path}"[: len("Usage: dedup-clean ") + 3])
    assert main([f"{os.curdir}/{name}"]) == main(["--", name]) == main(["-q", name]) == 0
    assert capsys.readouterr().out == "The ferry was late.\n" * 3
