"""Draw the terminal of ``dedup-clean --dry-run article.txt``: ``make pictures``.

The script runs the command on a pseudo-terminal, reads the coloured text that it prints, and writes
it as an SVG. The SVG names only fonts that computers have, so that it needs nothing from the
network.
"""

import argparse
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs" / "pictures" / "dry-run.svg"
COMMAND = ("dedup-clean", "--dry-run", "article.txt")
COLUMNS = 90
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
# The template of rich, without its web fonts. {lines} and the other names are filled in by rich.
SVG_FORMAT = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<title>A terminal with the output of dedup-clean --dry-run article.txt</title>
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
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def terminal_output(folder: Path = ROOT / "examples") -> str:
    """Run the command in a folder on a pseudo-terminal, and return what it printed, with colours.

    Parameters
    ----------
    folder
        The folder that has ``article.txt``.

    Raises
    ------
    RuntimeError
        When the command fails.
    """
    controller, terminal = os.openpty()
    environment = os.environ | {"TERM": "xterm-256color", "COLUMNS": str(COLUMNS), "LINES": "40"}
    environment.pop("NO_COLOR", None)
    script = Path(sys.executable).with_name(COMMAND[0])
    with os.fdopen(controller, "rb", buffering=0) as reader:
        process = subprocess.Popen(  # noqa: S603  the command of this project
            [script, *COMMAND[1:]],
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
        message = f"{' '.join(COMMAND)} failed: {printed.decode(errors='replace')}"
        raise RuntimeError(message)
    return printed.decode().replace("\r\n", "\n")


def picture(output: str) -> str:
    """Return an SVG of a terminal that shows the command and its output.

    Parameters
    ----------
    output
        Text with the escape sequences of colours.
    """
    console = Console(
        record=True, width=COLUMNS, file=StringIO(), force_terminal=True, color_system="standard"
    )
    console.print(Text("$ " + " ".join(COMMAND), style="bold"))
    console.print(Text.from_ansi(output), end="")
    return console.export_svg(title="", theme=DARK, code_format=SVG_FORMAT, font_aspect_ratio=0.61)


def main() -> None:
    """Write the picture."""
    parser = argparse.ArgumentParser(description="Draw the terminal of a dry run.")
    parser.add_argument("--out", type=Path, default=PICTURE, help="the SVG file to write")
    target = parser.parse_args().out
    target.write_text(picture(terminal_output()), encoding="utf-8")


if __name__ == "__main__":
    main()
