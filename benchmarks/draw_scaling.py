"""Draw time per document over the number of documents as SVG; equal numbers give an equal file.

The background is transparent and the colours suit light and dark pages.
"""

from collections.abc import Mapping, Sequence
from io import StringIO
from typing import Any

try:
    import matplotlib as mpl
    from matplotlib.figure import Figure
    from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator
except ModuleNotFoundError as error:
    raise SystemExit("matplotlib is missing: uv pip install --group bench") from error

Line = Sequence[tuple[int, float]]  # number of documents, microseconds for each
INK, FAINT = "#7d8590", "#7d859055"
COLOURS = {"containment": "#3b8bd4", "jaccard": "#d9762b"}  # by the last word of a line's name
STYLE = {
    "svg.hashsalt": "dedup",
    "font.size": 11,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
}
NAMES = {10**3: "1,000", 10**4: "10,000", 10**5: "100,000", 10**6: "1 million", 10**7: "10 million"}
TICKS = (0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000)
LABEL_RATIO = 1.22  # of the heights of two labels, one above the other


def draw(lines: Mapping[str, Line]) -> str:
    """Return a picture of the lines, each with its name after its last point."""
    with style():
        figure = new_figure(9.2, 5.6)
        axes = figure.add_axes((0.065, 0.11, 0.6, 0.73))
        for name, line in lines.items():
            colour = colour_of(name)
            axes.plot(
                *zip(*line, strict=True),
                color=colour,
                linewidth=2.4,
                marker="o",
                markersize=6,
                clip_on=False,
                solid_capstyle="round",
            )
        write_names(axes, lines)
        scale(axes, lines)
        figure.text(0.012, 0.94, "Time for one document", fontsize=15, fontweight="bold")
        figure.text(
            0.012, 0.89, "microseconds of processor time; both scales are logarithmic", fontsize=11
        )
        return as_svg(figure)


def style() -> Any:  # noqa: ANN401
    """Return the matplotlib context for all pictures."""
    return mpl.rc_context(STYLE)


def new_figure(width: float, height: float) -> Any:  # noqa: ANN401
    return Figure(figsize=(width, height))


def as_svg(figure: Any) -> str:  # noqa: ANN401
    file = StringIO()
    figure.savefig(file, format="svg", transparent=True, metadata={"Date": None})
    return "\n".join(text.rstrip() for text in file.getvalue().splitlines()) + "\n"


def colour_of(name: str) -> str:
    return COLOURS[name.rpartition(" ")[2]]


def write_names(axes: Any, lines: Mapping[str, Line]) -> None:  # noqa: ANN401
    """Write a name at the end of each line, from the lowest up, so that names do not overlap."""
    lowest = 0.0
    for name, line in sorted(lines.items(), key=lambda item: item[1][-1][1]):
        documents, time = line[-1]
        lowest = max(time, lowest * LABEL_RATIO)
        axes.annotate(
            f"{time:.3g}  {name}",
            (documents, lowest),
            xytext=(11, 0),
            textcoords="offset points",
            color=colour_of(name),
            va="center",
            annotation_clip=False,
        )


def scale(axes: Any, lines: Mapping[str, Line]) -> None:  # noqa: ANN401
    """Make both axes logarithmic, with ticks at round numbers and faint grid lines."""
    documents = sorted({count for line in lines.values() for count, _ in line})
    times = [time for line in lines.values() for _, time in line]
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(documents[0] * 0.8, documents[-1] * 1.1)
    shown = [tick for tick in TICKS if min(times) / 1.5 <= tick <= max(times) * 2]
    axes.set_ylim(min(shown[0], *times), 1.6 * max(times))  # room for names above the last point
    names = [NAMES.get(count, f"{count:,}") for count in documents]
    for axis, ticks, labels in (
        (axes.xaxis, documents, names),
        (axes.yaxis, shown, [f"{tick:g}" for tick in shown]),
    ):
        axis.set_major_locator(FixedLocator(ticks))
        axis.set_major_formatter(FixedFormatter(labels))
        axis.set_minor_locator(NullLocator())
    axes.set_xlabel("documents", color=INK)
    axes.tick_params(length=0, pad=7)
    axes.grid(axis="y", color=FAINT, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "left", "right", "bottom"]].set_visible(False)
