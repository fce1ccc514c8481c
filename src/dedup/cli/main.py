"""The command ``dedup-clean``: its commands, of which ``clean`` is the default, and exit codes."""

import signal
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from glob import escape
from pathlib import Path
from typing import Any, NoReturn

import click
from click.shell_completion import CompletionItem

from dedup.cli.audit_command import audit
from dedup.cli.clean_command import clean
from dedup.cli.completion_command import completion
from dedup.cli.flags import DEFAULTS, flag_of, with_flags
from dedup.cli.help_page import DEFAULT, called
from dedup.cli.index_command import index
from dedup.cli.restore_command import restore
from dedup.errors import AuditError, ConfigError, DedupError
from dedup.files.standard_streams import abandon_output, handle_signals, say

FAILED, UNACCOUNTED, INTERRUPTED, PIPE_CLOSED, TERMINATED = 2, 3, 130, 141, 143
MOVED = {  # flags that became commands
    "--audit": "a command: dedup-clean audit FILE",
    "--restore": "a command: dedup-clean restore LEDGER FILE",
}


class CleanByDefault(click.Group):
    """A group that runs ``clean`` when the first argument names no command.

    It parses its arguments and returns a function that does the rest, because click would catch an
    interrupt of the work.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Name the command that is meant."""
        if not (args and args[0] in self.commands) and not (ctx.resilient_parsing and not args):
            args = [DEFAULT, *args]
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Callable[[], int]:
        """Return what runs the command."""
        return partial(super().invoke, ctx)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete the first argument: a command, a flag of ``clean`` or a file."""
        inner = clean.make_context(DEFAULT, [], parent=ctx, resilient_parsing=True)
        files: Any = clean.params[0]
        found = [*super().shell_complete(ctx, incomplete), *clean.shell_complete(inner, incomplete)]
        if not found or any(Path().glob(f"{escape(incomplete)}*")):
            found += files.shell_complete(inner, incomplete)  # last: bash then has files alone
        return found


SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
group = CleanByDefault("dedup-clean", add_help_option=False, context_settings=SETTINGS)
for command in (clean, restore, audit, index, completion):
    group.add_command(command)


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
            return PIPE_CLOSED
        except (KeyboardInterrupt, click.Abort) as interrupt:  # of the task, or while click parses
            said = "; ".join(["interrupted", "no file was changed", *_notes(interrupt)])
            say(f"dedup-clean: error: {said}")
            return TERMINATED if interrupt.args else INTERRUPTED
        except AuditError as error:
            say(f"dedup-clean: error: {error}")
            return UNACCOUNTED
        except (click.ClickException, DedupError, OSError, MemoryError) as error:
            said = "; ".join([_message(error), *_notes(error)])
            say(f"dedup-clean: error: {said}")
            return FAILED
        finally:
            abandon_output()


def _say_warning(message: Warning | str, *_: object, **__: object) -> None:
    say(f"dedup-clean: warning: {message}")


def _notes(error: BaseException) -> list[str]:
    return getattr(error, "__notes__", [])


def _message(error: Exception) -> str:
    if isinstance(error, click.ClickException):
        return _usage_message(error)
    if isinstance(error, MemoryError):
        return "not enough memory; limit it with --memory (records and folders), or split the input"
    if isinstance(error, ConfigError) and error.parameter in DEFAULTS:
        rule = str(error).removeprefix(error.parameter).replace(", or None", "")  # a flag left out
        return flag_of(error.parameter) + with_flags(rule)
    if isinstance(error, OSError) and not isinstance(error, DedupError):
        return f"{error.filename or 'standard output'}: {error.strerror or error}"
    return with_flags(str(error))


def _usage_message(error: click.ClickException) -> str:
    context = getattr(error, "ctx", None)
    see = f"see {called(context) if context else 'dedup-clean'} --help"
    if isinstance(error, click.NoSuchOption):
        if error.option_name in MOVED:
            return f"{error.option_name} is now {MOVED[error.option_name]}"
        likely = ", ".join(error.possibilities or ())  # the most similar first
        guess = f"did you mean {likely}? " if likely else ""
        return f"no such option: {error.option_name}; {guess}{see}"
    return f"{' '.join(error.format_message().split()).rstrip('.')}; {see}"


def _terminate(*_: object) -> NoReturn:
    """Clean up as after Ctrl-C."""
    raise KeyboardInterrupt(signal.SIGTERM)
