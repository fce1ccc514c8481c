"""The style of all charts: matplotlib figures as SVG, for phones and for light and dark pages.

A chart is narrow, has a light background of its own, and its words stay text, so that a reader can
search them and a test can compare them. Equal numbers give an equal file.
"""

from collections.abc import Iterable, Sequence
from io import StringIO
from itertools import repeat
from pathlib import Path
from typing import Any

from benchmarks.result_files import with_digest

try:
    import matplotlib as mpl
    from matplotlib.figure import Figure
    from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator
except ModuleNotFoundError as error:
    raise SystemExit("matplotlib is missing: uv pip install --group bench") from error

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
WIDTH = 5.4  # inches: 518 pixels, of which a phone shows 358
INK, FAINT, PAPER = "#30363d", "#d0d7de", "#f6f8fa"
BLUE, ORANGE, GREEN, GREY = "#2f6fb0", "#b8601f", "#22784f", "#59636e"
TITLE_SIZE, SMALL = 13, 9
STYLE = {
    "svg.hashsalt": "dedup",
    "svg.fonttype": "none",
    "font.family": ["DejaVu Sans", "sans-serif"],
    "font.size": 10,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.facecolor": PAPER,
    "figure.facecolor": PAPER,
    "xtick.color": INK,
    "ytick.color": INK,
}


def style() -> Any:  # noqa: ANN401
    """Return the matplotlib context for all charts."""
    return mpl.rc_context(STYLE)


def new_figure(height: float) -> Any:  # noqa: ANN401
    return Figure(figsize=(WIDTH, height))


def as_svg(figure: Any, results: str) -> str:  # noqa: ANN401
    """Return a figure as SVG, which names its file of results, so that a test sees an old chart."""
    file = StringIO()
    metadata = {"Date": None, "Creator": None, "Source": with_digest(results)}
    figure.savefig(file, format="svg", metadata=metadata)
    return "\n".join(text.rstrip() for text in file.getvalue().splitlines()) + "\n"


def write_title(
    figure: Any,  # noqa: ANN401
    title: str,
    *lines: str,
    colours: Iterable[str] = repeat(INK),
) -> None:
    """Write a title and lines of small print at the top of a figure."""
    inch = 1 / figure.get_figheight()
    figure.text(0.02, 1 - 0.27 * inch, title, fontsize=TITLE_SIZE, fontweight="bold")
    for place, (line, colour) in enumerate(zip(lines, colours, strict=False)):
        y = 1 - (0.48 + 0.17 * place) * inch
        figure.text(0.02, y, line, fontsize=SMALL, color=colour)


def use_log_ticks(axis: Any, ticks: Sequence[float], labels: Sequence[str]) -> None:  # noqa: ANN401
    """Mark round numbers of a logarithmic axis, and no others."""
    axis.set_major_locator(FixedLocator(list(ticks)))
    axis.set_major_formatter(FixedFormatter(list(labels)))
    axis.set_minor_locator(NullLocator())


def finish(axes: Any, grid: str) -> None:  # noqa: ANN401
    """Draw faint lines instead of a frame, for the axis ``x``, ``y`` or ``both``."""
    axes.tick_params(length=0, pad=5)
    axes.grid(axis=grid, color=FAINT, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "left", "right", "bottom"]].set_visible(False)
