"""The command ``dedup-clean``: arguments to settings, library calls, an exit code."""

import signal
import warnings
from collections.abc import Sequence
from typing import NoReturn

import click

from dedup.cli.commands import group
from dedup.cli.flags import DEFAULTS, flag_of
from dedup.cli.help_page import called
from dedup.errors import AuditError, ConfigError, DedupError
from dedup.io.streams import abandon_output, handle_signals, say

FAILED, UNACCOUNTED, INTERRUPTED, PIPE_CLOSED, TERMINATED = 2, 3, 130, 141, 143

MOVED = {  # flags that became commands
    "--audit": "a command: dedup-clean audit FILE",
    "--restore": "a command: dedup-clean restore LEDGER FILE",
    "--completion": "a command: dedup-clean completion SHELL",
    "--sample": "an option of a command: dedup-clean audit --sample N FILE",
}


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
        said = str(error).removeprefix(error.parameter)
        return flag_of(error.parameter) + said.replace(", or None", "")  # a flag left out
    if isinstance(error, OSError) and not isinstance(error, DedupError):
        return f"{error.filename or 'standard output'}: {error.strerror or error}"
    return str(error)


def _usage_message(error: click.ClickException) -> str:
    context = getattr(error, "ctx", None)
    see = f"see {called(context) if context else 'dedup-clean'} --help"
    if isinstance(error, click.NoSuchOption):
        if error.option_name in MOVED:
            return f"{error.option_name} is now {MOVED[error.option_name]}"
        likely = ", ".join(error.possibilities or ())  # the most similar first
        guess = f"did you mean {likely}? " if likely else ""
        return f"no such option: {error.option_name}; {guess}{see}"
    return f"{error.format_message().rstrip('.')}; {see}"


def _terminate(*_: object) -> NoReturn:
    """Clean up as after Ctrl-C."""
    raise KeyboardInterrupt(signal.SIGTERM)
