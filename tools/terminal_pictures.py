"""Draw terminals with the output of ``dedup-clean``: ``make pictures``.

The script runs each command on a pseudo-terminal, in a folder of self-written texts, reads the
coloured text that it prints, and writes it as an SVG. The SVG names only fonts that computers have,
so that it needs nothing from the network. The terminals are narrow, so that a phone shows them in
a size that one can read.
"""

import json
import os
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

ROOT = Path(__file__).parents[1]
PICTURES = ROOT / "docs" / "pictures"
NEWS_PAIRS = ROOT / "tests" / "matching" / "news_pairs.jsonl"
COLUMNS = 60  # a phone shows so many letters in a size that one can read
PIXELS = 9.3  # width of a column where there is room
ERASE_LINE = "\x1b[2K"
DARK = TerminalTheme(
    background=(13, 17, 23),
    foreground=(201, 209, 217),
    normal=[
        (72, 79, 88),
        (255, 123, 114),
        (63, 185, 80),
        (210, 153, 34),
        (88, 166, 255),
        (188, 140, 255),
        (57, 197, 207),
        (177, 186, 196),
    ],
)
# The template of rich, without its web fonts, with a background to the corners. Rich fills in
# {lines} and the other names.
SVG_FORMAT = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<title>TITLE</title>
<style>
.{unique_id}-matrix {{
    font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
    font-size: {char_height}px;
    line-height: {line_height}px;
    font-variant-east-asian: full-width;
}}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
<rect width="100%" height="100%" fill="BACKGROUND" />
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


@dataclass(frozen=True, slots=True)
class TerminalPicture:
    """Commands whose output is drawn.

    Parameters
    ----------
    name
        The name of the file in ``docs/pictures``, without its suffix.
    commands
        Command lines, one below the other.
    start
        The first words of the output that are shown; what comes before them is left out.
    columns
        Width of the terminal.
    """

    name: str
    commands: tuple[str, ...]
    start: str = ""
    columns: int = COLUMNS

    @property
    def path(self) -> Path:
        """The SVG file."""
        return PICTURES / f"{self.name}.svg"


TERMINAL_PICTURES = (
    TerminalPicture("dry-run", ("dedup-clean --dry-run article.txt",)),
    TerminalPicture(
        "records",
        ("dedup-clean --dry-run news.jsonl", "dedup-clean news.jsonl -o clean.jsonl"),
    ),
    TerminalPicture("diff", ("dedup-clean --diff fires.jsonl",)),
    TerminalPicture("audit", ("dedup-clean audit scans.jsonl",), "What these and other", 80),
)
NEWS = (
    "landslide-added-paragraph",
    "night-buses-typo",
    "paper-mill-correction",
    "telephone-box-tag",
    "ferry-terminal-cut",
    "marsh-fever-two-days",
)
WRONG_LETTERS = 1 / 30  # of a scan


def write_texts(folder: Path) -> None:
    """Write the files that the commands read: an article, news, and texts beside their scans."""
    lines = NEWS_PAIRS.read_text(encoding="utf-8").splitlines()
    pairs = {pair["id"]: pair for pair in map(json.loads, lines)}
    shutil.copy(ROOT / "examples" / "article.txt", folder)
    write_records(folder / "news.jsonl", (pairs[name][side] for name in NEWS for side in "ab"))
    fires = pairs["paper-mill-correction"]
    write_records(folder / "fires.jsonl", (fires["a"], fires["b"]))
    texts = [pair["a"] for pair in pairs.values() if pair["language"] == "en"]
    rng = random.Random(1)  # noqa: S311  not a secret
    scans = [
        "".join(
            rng.choice("abcdefghijklmnopqrstuvwxyz")
            if letter.isalpha() and rng.random() < WRONG_LETTERS
            else letter
            for letter in text
        )
        for text in texts
    ]
    write_records(folder / "scans.jsonl", [*texts, *scans])


def write_records(path: Path, texts: Iterable[str]) -> None:
    """Write texts as JSON lines."""
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts), encoding="utf-8")


def terminal_output(command: str, folder: Path, columns: int) -> str:
    """Run a command on a pseudo-terminal, and return what it leaves there, with colours.

    Parameters
    ----------
    command
        A command line that begins with ``dedup-clean``.
    folder
        The folder that has the files of ``write_texts``.
    columns
        Width of the terminal.

    Raises
    ------
    RuntimeError
        When the command fails.
    """
    controller, terminal = os.openpty()
    size = {"COLUMNS": str(columns), "LINES": "40"}
    environment = os.environ | size | {"TERM": "xterm-256color", "PAGER": "cat"}
    environment.pop("NO_COLOR", None)
    name, *arguments = command.split()
    with os.fdopen(controller, "rb", buffering=0) as reader:
        process = subprocess.Popen(  # noqa: S603  the command of this project
            [Path(sys.executable).with_name(name), *arguments],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=terminal,
            stderr=terminal,
        )
        os.close(terminal)
        printed = b""
        try:
            while piece := reader.read(1 << 16):
                printed += piece
        except OSError:  # Linux reports the end of a pseudo-terminal as an error
            pass
    if process.wait():
        raise RuntimeError(f"{command} failed: {printed.decode(errors='replace')}")
    # A progress bar comes before the output, and erases itself.
    return printed.decode().replace("\r\n", "\n").rpartition(ERASE_LINE)[2]


def draw(picture: TerminalPicture, folder: Path) -> str:
    """Return an SVG of a terminal that shows commands and their output.

    Parameters
    ----------
    picture
        What to show.
    folder
        The folder that has the files of ``write_texts``.

    Raises
    ------
    RuntimeError
        When a command fails, or does not print the first words that are to be shown.
    """
    console = Console(
        record=True,
        width=picture.columns,
        file=StringIO(),
        force_terminal=True,
        color_system="standard",
    )
    for place, command in enumerate(picture.commands):
        output = terminal_output(command, folder, picture.columns)
        first = output.find(picture.start)
        if first < 0:
            raise RuntimeError(f"{command} did not print {picture.start!r}: {output}")
        console.print(Text("\n" * (place > 0) + f"$ {command}", style="bold"))
        console.print(Text.from_ansi("...\n\n" * bool(first) + output[first:]), end="")
    title = escape(f"A terminal with the output of {' and '.join(picture.commands)}")
    svg = console.export_svg(
        title="",
        theme=DARK,
        code_format=SVG_FORMAT.replace("BACKGROUND", DARK.background_color.hex).replace(
            "TITLE", title
        ),
        font_aspect_ratio=0.61,
    )
    return with_size(svg, picture.columns * PIXELS)


def with_size(svg: str, shown: float) -> str:
    """Return the SVG with the width that it has where there is room.

    Parameters
    ----------
    svg
        An SVG with a ``viewBox``.
    shown
        The width in pixels.
    """
    found = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)
    assert found, "rich writes a viewBox"
    width, height = map(float, found.groups())
    size = f'width="{shown:.0f}" height="{shown * height / width:.0f}"'
    return svg.replace(found[0], f"{size} {found[0]}", 1)


def main() -> None:
    """Write the pictures."""
    with TemporaryDirectory() as folder:
        write_texts(Path(folder))
        for picture in TERMINAL_PICTURES:
            picture.path.write_text(draw(picture, Path(folder)), encoding="utf-8")


if __name__ == "__main__":
    main()
