"""Shows long output in the pager of the user, or writes it to standard output."""

import os
import shlex
import shutil
import sys
from collections.abc import Iterable
from itertools import islice

import click

from dedup.files.standard_streams import in_output_encoding, write_stdout
from dedup.reports.text_diff import DiffLines

# Colours; quit if all fits on the screen; leave the text there. As git sets it.
LESS_OPTIONS = "-FRX"
DEFAULT_PAGER = "less"
WRITTEN_PARTS = 200  # parts of lines that are written at a time


def diff_lines() -> DiffLines:
    """Return what makes differences as wide as standard output, coloured if that is wanted."""
    from rich.console import Console  # noqa: PLC0415  not at start-up: only a report needs it

    console = Console()
    is_coloured = console.color_system is not None and not console.no_color
    return DiffLines(console.width, is_coloured=is_coloured)


def show_pages(parts: Iterable[str], *, is_coloured: bool) -> None:
    """Show parts of lines as they come: in the pager on a terminal, else on standard output.

    ``PAGER`` names the pager; ``less`` if it is not set, none if it is empty.
    """
    if _is_terminal() and _has_pager():
        os.environ.setdefault("PAGER", DEFAULT_PAGER)
        os.environ.setdefault("LESS", LESS_OPTIONS)
        click.echo_via_pager(_joined(parts), color=is_coloured)
        return
    for text in _joined(parts):
        write_stdout(in_output_encoding(text))


def _is_terminal() -> bool:
    streams = (sys.stdin, sys.stdout)  # the pager reads keys
    return all(stream is not None and stream.isatty() for stream in streams)


def _has_pager() -> bool:
    try:
        command = shlex.split(os.environ.get("PAGER", DEFAULT_PAGER))
    except ValueError:  # of a quote without an end
        return False
    return bool(command) and shutil.which(command[0]) is not None


def _joined(parts: Iterable[str]) -> Iterable[str]:
    iterator = iter(parts)
    while joined := "".join(islice(iterator, WRITTEN_PARTS)):
        yield joined
