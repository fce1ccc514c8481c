"""The command ``dedup-clean``: arguments to settings, library calls, an exit code."""

import os
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, NoReturn, get_args, get_type_hints

import click

from dedup import __version__
from dedup.config import Config
from dedup.errors import DedupError
from dedup.io.text import Errors
from dedup.tasks import Options, clean_files, restore_files

FOUND, FAILED, INTERRUPTED, PIPE_CLOSED = 1, 2, 130, 141

HELP = """Remove repeated paragraphs from texts.

Each FILE (standard input when there is none, or for -) is cleaned by itself: a paragraph
that repeats an earlier one, word for word or nearly so, is left out. The clean text goes
to standard output, a summary to standard error.

\b
  dedup-clean article.txt > clean.txt
  dedup-clean --dry-run article.txt
  dedup-clean --in-place --ledger removed.jsonl articles/*.txt
  dedup-clean --restore removed.jsonl clean.txt
"""
EPILOG = """Exit status: 0; with --check 1 when repeats were found; 2 after an error, which
one line on standard error explains. Nothing is written then."""


def config_options(command: Callable[..., int]) -> Callable[..., int]:
    """Give a command one option for each field of ``Config``."""
    hints = get_type_hints(Config)
    for item in reversed(fields(Config)):
        choices = get_args(hints[item.name])
        option = click.option(
            "--" + item.name.replace("_", "-"),
            item.name,
            type=click.Choice(choices) if choices else hints[item.name],
            default=item.default,
            show_default=True,
            help=item.metadata["help"],
        )
        command = option(command)
    return command


def _print_completion(context: click.Context, _: click.Parameter, shell: str | None) -> None:
    if shell is None or context.resilient_parsing:
        return
    from click.shell_completion import get_completion_class  # noqa: PLC0415  rarely needed

    maker = get_completion_class(shell)
    if maker is not None:
        script = maker(context.command, {}, "dedup-clean", "_DEDUP_CLEAN_COMPLETE")
        click.echo(maker.source_template % script.source_vars())
    context.exit()


@click.command(help=HELP, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("files", nargs=-1, metavar="[FILE]...", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="Write there: a file, or for several inputs a folder.",
)
@click.option("-i", "--in-place", is_flag=True, help="Replace each file by its clean text.")
@click.option(
    "--backup-suffix",
    default=".bak",
    show_default=True,
    metavar="SUFFIX",
    help='With --in-place, what the original is kept as; "" keeps none.',
)
@click.option("-n", "--dry-run", is_flag=True, help="Only show what repeats, in a table.")
@click.option("--check", is_flag=True, help="Print no text; exit with 1 when something repeats.")
@click.option("--json", "as_json", is_flag=True, help="Print a report as JSON, a line a file.")
@click.option(
    "--ledger",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Record every removed piece there, as JSON lines.",
)
@click.option(
    "--restore",
    type=click.Path(path_type=Path),
    metavar="LEDGER",
    help="Put back what LEDGER says was removed from each FILE.",
)
@click.option("--encoding", default="utf-8", show_default=True, help="Encoding of the files.")
@click.option(
    "--errors",
    default="strict",
    show_default=True,
    type=click.Choice(get_args(Errors)),
    help="What to do with bytes that are not in the encoding.",
)
@config_options
@click.option("-q", "--quiet", is_flag=True, help="Print no summary.")
@click.option(
    "--completion",
    type=click.Choice(["bash", "zsh", "fish"]),
    is_eager=True,
    expose_value=False,
    callback=_print_completion,
    help="Print the completion script of a shell, and exit.",
)
@click.version_option(__version__, message="%(prog)s %(version)s")
def command(files: tuple[Path, ...], restore: Path | None, **given: Any) -> int:  # noqa: ANN401
    """Run the command; the help text is ``HELP``."""
    config = Config(**{item.name: given.pop(item.name) for item in fields(Config)})
    options = Options(inputs=list(files) or _standard_input(), **given)
    if restore is not None:
        restore_files(restore, options)
        return 0
    found = clean_files(options, config)
    return FOUND if found and options.check else 0


def _standard_input() -> list[Path]:
    if sys.stdin.isatty():
        raise click.UsageError("no FILE given; name one, or - for standard input")
    return [Path("-")]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``dedup-clean`` and return its exit code.

    Parameters
    ----------
    arguments
        The arguments; those of the process when None.
    """
    signal.signal(signal.SIGTERM, _terminate)
    try:
        code = command.main(arguments, prog_name="dedup-clean", standalone_mode=False)
        sys.stdout.flush()
    except BrokenPipeError:
        _discard_output()  # who reads it has had enough
        return PIPE_CLOSED
    except (KeyboardInterrupt, click.Abort):
        _explain("interrupted; no file was changed")
        return INTERRUPTED
    except (click.UsageError, DedupError, OSError, MemoryError) as error:
        if isinstance(error, OSError) and not isinstance(error, DedupError):
            _discard_output()
        _explain(_message(error))
        return FAILED
    return int(code or 0)


def _message(error: Exception) -> str:
    if isinstance(error, click.UsageError):
        return f"{error.format_message().rstrip('.')}; see dedup-clean --help"
    if isinstance(error, MemoryError):
        return "not enough memory for this input; cut it into smaller files"
    if isinstance(error, OSError) and not isinstance(error, DedupError):
        return f"{error.filename or 'standard output'}: {error.strerror or error}"
    return str(error)


def _discard_output() -> None:
    """Keep what is still buffered from being written again when the process ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _terminate(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def _explain(message: str) -> None:
    sys.stderr.write(f"dedup-clean: error: {' '.join(message.split())}\n")
