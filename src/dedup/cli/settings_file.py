"""Settings from a file: ``--config FILE``, or ``[tool.dedup-clean]`` of ``pyproject.toml``.

A file sets what counts as a duplicate, what is removed and how inputs are read. Only the command
line names further inputs and outputs, and the handling of inputs that cannot be read.
"""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import click

from dedup.cli.flags import HELP, IN_COMMAND, byte_size, flag_of
from dedup.cli.help_page import PanelCommand
from dedup.config import PRESETS, Config
from dedup.datasets.dataset_options import REQUIRED_OPTION, DatasetOptions
from dedup.errors import ConfigError
from dedup.files.standard_streams import print_message

PROJECT, TABLE = "pyproject.toml", "dedup-clean"
CONTEXT_KEY = "dedup.file"  # a context stores the path of the file and its settings here
COMMAND_LINE = "command line"
KEYS = {flag_of(name).removeprefix("--"): name for name in HELP if name not in IN_COMMAND}

DATASET_OPTIONS = {item.name for item in fields(DatasetOptions)}


class SettingsCommand(PanelCommand):
    """A command whose options take their defaults from a preset and a file of settings."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Find the file and the preset before the options are read."""
        if not ctx.resilient_parsing:
            values, _, named = self.make_parser(ctx).parse_args(list(args))
            _refuse_repeated(named)
            if not any(param.is_eager for param in named):  # as --help
                _take_defaults(ctx, values.get("config"), values.get("preset"))
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401  an exit code
        """Run the command, or print its settings."""
        del ctx.params["config"]
        if ctx.params.pop("show_settings"):
            return print_settings(ctx.params, sources_of(ctx))
        return super().invoke(ctx)


def _refuse_repeated(named: Sequence[click.Parameter]) -> None:
    """Refuse a second value of an option that has one: the first would be ignored."""
    singles = [
        param.name or ""
        for param in named
        if isinstance(param, click.Option) and not (param.multiple or param.is_flag)
    ]
    for name in singles:
        if singles.count(name) > 1:
            raise click.UsageError(f"{flag_of(name)} was given twice; give it once")


def _take_defaults(context: click.Context, config: str | None, preset: str | None) -> None:
    path = _find_project_file() if config is None else Path(config)
    settings = {} if path is None else _settings_in(path, context.command)
    if preset is not None:  # in the place of all settings of its kind
        of_presets = {"preset", *(item.name for item in fields(Config))}
        settings = {name: value for name, value in settings.items() if name not in of_presets}
    context.meta[CONTEXT_KEY] = path, settings
    below: Any = settings.get("preset", preset)
    context.default_map = {**PRESETS.get(below, {}), **settings}


def _find_project_file() -> Path | None:
    """Return the ``pyproject.toml`` of this folder, or of one around it in the same repository."""
    folders = [Path(), *Path.cwd().parents]
    count = next((n for n, folder in enumerate(folders) if (folder / ".git").exists()), 0)
    for folder in folders[: count + 1]:
        path = folder / PROJECT
        if path.is_file() and TABLE in path.read_text(errors="replace") and _table_in(path):
            return path
    return None


def _table_in(path: Path) -> dict[str, Any]:
    import tomllib  # noqa: PLC0415  most runs have no file

    try:
        data = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        why = os.strerror(error.errno or 0).lower()
        raise ConfigError(f"{path}: {why}; name a TOML file of settings") from error
    except ValueError as error:
        raise ConfigError(f"{path}: is not TOML ({error}); fix it, or name another file") from error
    tools = data.get("tool", {TABLE: data})
    table = tools.get(TABLE, {}) if isinstance(tools, dict) else tools
    if not isinstance(table, dict):
        raise ConfigError(f"{path}: the settings must be a table, [tool.{TABLE}]; fix it")
    return table


def _settings_in(path: Path, command: click.Command) -> dict[str, Any]:
    """Return the settings in a file that a command has, by their names."""
    settings = {}
    for key, value in _table_in(path).items():
        name = KEYS.get(key)
        if name is None:
            raise ConfigError(f"{path}: {key} {_why_unknown(key)}")
        try:
            settings[name] = _checked(name, value)
        except (ConfigError, click.BadParameter) as error:
            rule = getattr(error, "message", str(error)).removeprefix(f"{name} ")
            raise ConfigError(f"{path}: {key} {rule}; fix it, or give {flag_of(name)}") from error
    return {item.name: settings[item.name] for item in command.params if item.name in settings}


def _why_unknown(key: str) -> str:
    from difflib import get_close_matches  # noqa: PLC0415  no run without an error has it

    if key.replace("-", "_") in (*IN_COMMAND, "json"):
        return f"cannot be set in a file; give --{key} in the command"
    near = get_close_matches(key.replace("_", "-"), KEYS)
    return "is not a setting; " + (f"did you mean {near[0]}?" if near else f"use {', '.join(KEYS)}")


def _checked(name: str, value: Any) -> Any:  # noqa: ANN401
    """Return a setting as the option has it; each is checked alone."""
    if name == "preset":
        Config.preset(value)
        return value
    if name in ("memory", "shard_size") and isinstance(value, str):
        value = byte_size(value)
    if value == "auto" or name not in DATASET_OPTIONS:
        return getattr(Config(**{name: value}), name)
    needed: dict[str, Any] = {REQUIRED_OPTION[name]: True} if name in REQUIRED_OPTION else {}
    return getattr(DatasetOptions(**needed, **{name: value}), name)


def sources_of(context: click.Context) -> dict[str, str]:
    """Return where the value of each option comes from: a flag, a file, a preset or the default."""
    path, settings = context.meta.get(CONTEXT_KEY, (None, {}))
    source_names: dict[Any, str] = {
        click.core.ParameterSource.COMMANDLINE: COMMAND_LINE,
        click.core.ParameterSource.DEFAULT_MAP: f"preset {context.params.get('preset')}",
    }
    sources = {}
    for name in context.params:
        source = source_names.get(context.get_parameter_source(name), "default")
        sources[name] = str(path) if name in settings and source != COMMAND_LINE else source
    return sources


def say_settings(sources: Mapping[str, str], *, quiet: bool) -> None:
    """Report which settings come from a ``pyproject.toml`` that the user did not name."""
    of_project = {name: source for name, source in sources.items() if source.endswith(PROJECT)}
    if of_project and not quiet:
        keys = ", ".join(key for key, name in KEYS.items() if name in of_project)
        print_message(f"settings of {next(iter(of_project.values()))}: {keys}")


def print_settings(values: Mapping[str, Any], sources: Mapping[str, str]) -> int:
    """Print the settings in force as a file for ``--config``; return the exit code."""
    for key, name in KEYS.items():
        if name in values:
            value = values[name]
            line = f"# {key} is not set" if value is None else f"{key} = {json.dumps(value)}"
            click.echo(f"{line:<40}  # {sources[name]}")
    return 0
