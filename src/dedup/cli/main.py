"""Run ``dedup-clean``: choose the command (``clean`` by default), report errors, set exit codes."""

import re
import signal
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from glob import escape
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn, cast

import click
from click.shell_completion import CompletionItem, get_completion_class

from dedup.cli.flags import FLAG_DEFAULTS, flag_of, with_flags
from dedup.cli.help_page import DEFAULT_COMMAND, PanelCommand, usage_name
from dedup.errors import ConfigError, ConsistencyError, DedupError
from dedup.files.standard_streams import abandon_output, handle_signals, print_message

MIN_FLAG_SIMILARITY = 0.75  # as difflib measures it
EXIT_ERROR, EXIT_CHECK_FAILED = 2, 3
EXIT_INTERRUPTED, EXIT_PIPE_CLOSED, EXIT_TERMINATED = 130, 141, 143
NUMBER_RULES = {"float": "a number, as in 0.8", "integer": "a whole number"}  # by click's names
FORMER_FLAGS = {  # flags that became commands, or have another name
    "--block": "--split-by",
    "--audit": "a command: dedup-clean audit FILE",
    "--restore": "a command: dedup-clean restore LEDGER FILE",
}

COMMANDS = ("clean", "restore", "review", "audit", "index")  # each in a module of its own
OTHER_COMMANDS = {  # by command and flag: why the command does not have the flag
    ("audit", "--decisions"): "an audit compares without decisions; give the file with --judged",
    ("clean", "--judged"): "give the file to dedup-clean audit, or honour it with --decisions",
    ("review", "--judged"): "name the file with --decisions",
    ("review", "--index"): "an index has decided already; review the files without it",
    ("review", "--spans"): "review judges whole texts, not spans; see --spans with --diff",
}


class CleanByDefault(click.Group):
    """A group that runs ``clean`` when the first argument names no command.

    A command is imported when it is used. The group parses its arguments and returns a function
    that does the rest, because click would catch an interrupt of the work.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Name the command that is meant."""
        is_named = bool(args) and args[0] in self.list_commands(ctx)
        if not is_named and (args or not ctx.resilient_parsing):
            args = [DEFAULT_COMMAND, *args]
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands."""
        return [*COMMANDS, *super().list_commands(ctx)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        if cmd_name in COMMANDS:
            found = getattr(import_module(f"dedup.cli.{cmd_name}_command"), cmd_name)
            return cast("click.Command", found)
        return super().get_command(ctx, cmd_name)

    def invoke(self, ctx: click.Context) -> Callable[[], int]:
        """Return what runs the command."""
        return partial(super().invoke, ctx)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete the first argument: a command, a flag of ``clean`` or a file."""
        clean = self.get_command(ctx, DEFAULT_COMMAND)
        assert clean is not None
        inner = clean.make_context(DEFAULT_COMMAND, [], parent=ctx, resilient_parsing=True)
        files: Any = clean.params[0]
        found = [*super().shell_complete(ctx, incomplete), *clean.shell_complete(inner, incomplete)]
        if not found or any(Path().glob(f"{escape(incomplete)}*")):
            found += files.shell_complete(inner, incomplete)  # last: bash then has files alone
        return found


@click.command("completion", cls=PanelCommand)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the completion script of a shell.

    \b
      eval "$(dedup-clean completion bash)"
    """  # noqa: D301  click keeps the lines below \b as they are
    maker = get_completion_class(shell)
    if maker is not None:
        command = context.find_root().command
        script = maker(command, {}, "dedup-clean", "_DEDUP_CLEAN_COMPLETE")
        click.echo(maker.source_template % script.source_vars())


CLICK_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
group = CleanByDefault("dedup-clean", add_help_option=False, context_settings=CLICK_SETTINGS)
group.add_command(completion)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``dedup-clean`` and return its exit code.

    Parameters
    ----------
    arguments
        The arguments; those of the process when None.
    """
    with handle_signals({signal.SIGTERM: _terminate}), warnings.catch_warnings():
        warnings.showwarning = _say_warning
        try:
            # click parses and no more, so that it handles no error of the task.
            task = group.main(arguments, prog_name="dedup-clean", standalone_mode=False)
            return int((task() if callable(task) else task) or 0)
        except click.exceptions.Exit as done:  # of --help
            return done.exit_code
        except BrokenPipeError:
            return EXIT_PIPE_CLOSED
        except (KeyboardInterrupt, click.Abort) as interrupt:  # of the task, or while click parses
            parts = ["interrupted", "no file was changed", *_notes(interrupt)]
            print_message(f"dedup-clean: error: {'; '.join(parts)}")
            return EXIT_TERMINATED if interrupt.args else EXIT_INTERRUPTED
        except ConsistencyError as error:
            print_message(f"dedup-clean: error: {error}")
            return EXIT_CHECK_FAILED
        except (click.ClickException, DedupError, OSError, MemoryError) as error:
            parts = [_message(error), *_notes(error)]
            print_message(f"dedup-clean: error: {'; '.join(parts)}")
            return EXIT_ERROR
        finally:
            abandon_output()


def _say_warning(message: Warning | str, *_: object, **__: object) -> None:
    print_message(f"dedup-clean: warning: {message}")


def _notes(error: BaseException) -> list[str]:
    return getattr(error, "__notes__", [])


def _message(error: Exception) -> str:
    if isinstance(error, click.ClickException):
        return _usage_message(error)
    if isinstance(error, MemoryError):
        return "not enough memory; limit it with --memory (records and folders), or split the input"
    if isinstance(error, ConfigError) and error.parameter in FLAG_DEFAULTS:
        rule = str(error).removeprefix(error.parameter).replace(", or None", "")  # a flag left out
        return flag_of(error.parameter) + with_flags(rule)
    if isinstance(error, OSError) and not isinstance(error, DedupError):
        reason = (error.strerror or str(error)).lower()
        if error.filename is None:
            return f"cannot write to standard output ({reason})"
        return f"{error.filename}: {reason}"
    return with_flags(str(error))


def _usage_message(error: click.ClickException) -> str:
    context = getattr(error, "ctx", None)
    see = f"see {usage_name(context) if context else 'dedup-clean'} --help"
    if isinstance(error, click.NoSuchOption):
        if error.option_name in FORMER_FLAGS:
            return f"{error.option_name} is now {FORMER_FLAGS[error.option_name]}"
        command = context.command.name if context else None
        if reason := OTHER_COMMANDS.get((command or "", error.option_name)):
            return f"no such option: {error.option_name}; {reason}"
        likely = ", ".join(_close_flags(error.option_name, error.possibilities or ()))
        guess = f"did you mean {likely}? " if likely else ""
        return f"no such option: {error.option_name}; {guess}{see}"
    if isinstance(error, click.BadParameter) and error.param is not None and error.param.name:
        found = re.fullmatch("(.+) is not a valid (float|integer)[.]", error.message)
        if found:  # in the words of the library
            rule = f"must be {NUMBER_RULES[found[2]]}, got {found[1]}"
            return f"{flag_of(error.param.name)} {rule}; {see}"
    return f"{' '.join(error.format_message().split()).rstrip('.')}; {see}"


def _close_flags(name: str, possibilities: Sequence[str]) -> Sequence[str]:
    """Return the close ones of click's suggestions for a flag, or the closest one."""
    from difflib import get_close_matches  # noqa: PLC0415  no run without an error has it

    close = get_close_matches(name, possibilities, cutoff=MIN_FLAG_SIMILARITY)
    return close or possibilities[:1]  # the most similar first


def _terminate(*_: object) -> NoReturn:
    """Clean up as after Ctrl-C."""
    raise KeyboardInterrupt(signal.SIGTERM)
