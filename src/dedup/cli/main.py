"""The command ``dedup-clean``: arguments to settings, library calls, an exit code."""

import signal
import sys
import warnings
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import click

from dedup import __version__
from dedup.cli.modes import USES, Mode, needs_folder, refuse_idle
from dedup.cli.options import PRESET, Local, command_options
from dedup.cli.request import Request, flag_of
from dedup.cli.tasks import (
    audit_records,
    clean_files,
    clean_records,
    is_ledger_of_records,
    restore_files,
    restore_records,
)
from dedup.config import Config
from dedup.dataset.inputs import Inputs, inputs_of, texts_of
from dedup.errors import AuditError, ConfigError, DedupError
from dedup.index.validate import SETTINGS
from dedup.io.formats import TITLES, format_named
from dedup.io.streams import abandon_output, handle_signals, is_stream, say
from dedup.io.text import STDIN
from dedup.native import build, has_core

FOUND, FAILED, UNACCOUNTED, INTERRUPTED, PIPE_CLOSED, TERMINATED = 1, 2, 3, 130, 141, 143

EPILOG = """Exit status: 0 when done; 1 with --check when repeats were found; 2 after an error
(one line on standard error); 3 if the records kept and removed do not add up to those read.
After 2 or 3 no file is written or changed. An option without effect is an error."""


def _print_completion(context: click.Context, _: click.Parameter, shell: str | None) -> None:
    if shell is None or context.resilient_parsing:
        return
    from click.shell_completion import get_completion_class  # noqa: PLC0415  rarely needed

    maker = get_completion_class(shell)
    if maker is not None:
        script = maker(context.command, {}, "dedup-clean", "_DEDUP_CLEAN_COMPLETE")
        click.echo(maker.source_template % script.source_vars())
    context.exit()


@click.command(epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("files", nargs=-1, metavar="[FILE]...", type=Local(path_type=Path))
@command_options
@click.option(
    "--completion",
    type=click.Choice(["bash", "zsh", "fish"]),
    is_eager=True,
    expose_value=False,
    callback=_print_completion,
    help="Print the completion script of a shell, and exit.",
)
@click.version_option(__version__, message=f"%(prog)s %(version)s ({build()})")
def command(files: tuple[Path, ...], **given: Any) -> Callable[[], int]:  # noqa: ANN401
    """Remove repeated text from texts, from folders of texts, and from files of records.

    In a text, each paragraph that repeats an earlier one, exactly or nearly, is removed. In
    files of records (JSON Lines, JSON arrays, CSV, Parquet, Arrow, WARC), duplicate records are
    removed, too. Without FILE, or for -, standard input is read. The clean output goes to
    standard output, a summary to standard error.

    A FILE may be a folder, or a quoted pattern with * ? [] and ** for any folders; hidden files
    are left out. Several texts, named or in a folder, are compared with each other: -o FOLDER
    writes the texts that are not copies, under their old paths; --in-place keeps all files and
    reports the copies. Most options for records apply to several texts, too. Without -o or -i,
    each named text is cleaned alone and written to standard output.

    \b
      dedup-clean article.txt > clean.txt
      dedup-clean --dry-run article.txt
      dedup-clean --in-place --ledger removed.jsonl articles/*.txt
      dedup-clean --restore removed.jsonl clean.txt
      dedup-clean news.jsonl.gz -o clean.jsonl.zst
      dedup-clean crawl/*.jsonl --against archive.jsonl -o new/
      dedup-clean crawl/ --against clean/ -o clean/
      dedup-clean 'crawl/**/*.txt' -o clean/ --ledger removed.jsonl
      dedup-clean incoming.jsonl --index seen.db --id-key url -o new.jsonl
      dedup-clean --audit news.jsonl
    """  # noqa: D301  click reads \b as: leave the lines below as they are
    if not files and sys.stdin is not None and sys.stdin.isatty():
        raise click.UsageError("no FILE given; name one, or - for standard input")
    if given["within"] is None:
        given["within"] = given["unit"] in ("word", "char")
    given["preset"] = click.get_current_context().meta.get(PRESET)
    settings = {item.name: given[item.name] for item in fields(Config)}
    if ":" in given["keep"]:  # a field of records
        settings["keep"] = "auto"
    return partial(_begin, list(files) or [STDIN], Config(**settings), given, _named())


def _begin(inputs: list[Path], config: Config, given: dict[str, Any], named: list[str]) -> int:
    """Find out what the inputs are, and run the task: click would not let an interrupt pass."""
    has_core()  # a wrong DEDUP_NATIVE is said before anything is read
    ledger, form = given["restore"], given["format"]
    if given["audit"]:
        refuse_idle("audit", given, named)
        _say_misnamed(inputs_of(inputs, form), given)
        audit_records(inputs, config, given)
        return 0
    if ledger is not None:
        of_records = is_ledger_of_records(ledger)
        refuse_idle("restore records" if of_records else "restore", given, named)
        found = inputs_of(inputs, "text")
        if found.folders and not of_records:
            inputs = texts_of(found, given["backup_suffix"] if given["in_place"] else "")
        restore = restore_records if of_records else restore_files
        restore(ledger, Request.of(given, inputs=inputs, config=config))
        return 0
    found = inputs_of(inputs, form)
    mode = _mode(found, given, named)
    refuse_idle(mode, given, named)
    if mode in ("records", "folder"):
        index_config = config if {"preset", *SETTINGS}.intersection(named) else None
        known = given | {"format": found.format}
        request = Request.of(known, inputs=inputs, config=config, index_config=index_config)
        _say_misnamed(found, given)
        repeats = clean_records(request)
    else:
        if ":" in given["keep"]:
            raise ConfigError(
                f"--keep {given['keep']} has no effect on a text: it has no fields; leave it out, "
                "or give --format for a file of records"
            )
        if mode == "texts":
            inputs = texts_of(found, given["backup_suffix"] if given["in_place"] else "")
        across = mode == "texts" and given["across"]
        repeats = clean_files(Request.of(given | {"across": across}, inputs=inputs, config=config))
    return FOUND if repeats and given["check"] else 0


def _mode(found: Inputs, options: Mapping[str, Any], named: Collection[str]) -> Mode:
    """Return what is done with the inputs: several texts are a collection, as those of a folder."""
    if found.format != "text":
        return "records"
    several = len(found.paths) > 1
    streams = any(path == STDIN or is_stream(path) for path in found.paths)
    written = options["output"] not in (None, "-", "/dev/stdout")
    looking = options["dry_run"] or options["check"] or options["as_json"]
    apart = options["in_place"] or (looking and not written)  # no text goes to standard output
    # A script that gives --no-across may name any number of files.
    many = found.folders or several or (apart and "across" in named)
    if not many or (streams and not options["in_place"]):
        return "text"
    if not (found.folders or written or apart):
        return "text"  # one after the other, to standard output
    whole = options["spans"] or not options["within"] or needs_folder(named)
    if not options["in_place"] and (found.folders or (several and (written or whole))):
        return "folder"
    return "texts"


def _named() -> list[str]:
    """Return the options that were given on the command line."""
    context = click.get_current_context()
    source = click.core.ParameterSource.COMMANDLINE
    names = [str(item.name) for item in context.command.params]
    return [name for name in names if context.get_parameter_source(name) == source]


def _say_misnamed(found: Inputs, options: Mapping[str, Any]) -> None:
    """Say which files are read as records, though their names say another format."""
    if found.format not in ("json", "jsonl") or options["format"] or options["quiet"]:
        return
    named = {path: format_named(path) for path in found.paths if path != STDIN}
    misnamed = [path for path, form in named.items() if form not in (None, found.format)]
    if misnamed:
        first, *others = misnamed
        more = f" and {len(others):,} more" if others else ""
        say(f"{first}{more}: read as {TITLES[found.format]} (records)")


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
            task = command.main(arguments, prog_name="dedup-clean", standalone_mode=False)
            return task() if callable(task) else int(task or 0)
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
    if isinstance(error, click.NoSuchOption) and error.possibilities:
        likely = ", ".join(error.possibilities)  # the most similar first
        return f"no such option: {error.option_name}; did you mean {likely}? See dedup-clean --help"
    if isinstance(error, click.ClickException):
        return f"{error.format_message().rstrip('.')}; see dedup-clean --help"
    if isinstance(error, MemoryError):
        return "not enough memory; limit it with --memory (records and folders), or split the input"
    if isinstance(error, ConfigError) and error.parameter in USES:
        said = str(error).removeprefix(error.parameter)
        return flag_of(error.parameter) + said.replace(", or None", "")  # a flag left out
    if isinstance(error, OSError) and not isinstance(error, DedupError):
        return f"{error.filename or 'standard output'}: {error.strerror or error}"
    return str(error)


def _terminate(*_: object) -> NoReturn:
    """Clean up as after Ctrl-C."""
    raise KeyboardInterrupt(signal.SIGTERM)
