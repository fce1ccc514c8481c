"""Draw the growth of time and memory: ``python -m benchmarks.draw_scaling``.

The numbers are in ``benchmarks/results/scaling.json``, which ``make scaling`` writes.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.chart_style import (
    BLUE,
    GREEN,
    ORANGE,
    PICTURES,
    SMALL,
    WIDTH,
    as_svg,
    finish,
    new_figure,
    style,
    use_log_ticks,
    write_title,
)
from benchmarks.result_files import read_results

COLOURS = {"short texts": BLUE, "paragraphs": GREEN, "articles": ORANGE}
COUNTS = {10**4: "10,000", 10**5: "100,000", 10**6: "1 million", 10**7: "10 million"}
SECONDS = {0.01: "0.01 s", 0.1: "0.1 s", 1: "1 s", 10: "10 s", 60: "1 min", 600: "10 min"}
BYTES = {1e6: "1 MB", 1e7: "10 MB", 1e8: "100 MB", 1e9: "1 GB", 1e10: "10 GB", 1e11: "100 GB"}
PANELS = (
    ("Wall time", "seconds", SECONDS, 3.75),
    ("Memory beyond the texts", "memory", BYTES, 0.55),
)
PANEL_WIDTH, PANEL_HEIGHT = 2.9, 2.45  # inches, as the lower edges above
NAME_POINTS = 13  # from one name to the next
HEADROOM = 5  # for a name above the highest point


def draw(scaling: Mapping[str, Any]) -> str:
    """Return the chart as an SVG.

    Parameters
    ----------
    scaling
        ``rows`` with ``kind``, ``measure``, ``count``, ``size`` (bytes of text), ``seconds`` and
        ``memory`` (bytes), by rising count; ``machine`` and ``date``.
    """
    lines = {kind: drawn_rows(scaling["rows"], kind) for kind in COLOURS}
    with style():
        figure = new_figure(height := 7.25)
        for title, column, names, bottom in PANELS:
            width, panel_height = PANEL_WIDTH / WIDTH, PANEL_HEIGHT / height
            axes = figure.add_axes((0.75 / WIDTH, bottom / height, width, panel_height))
            axes.set_title(title, fontsize=10, loc="left", fontweight="bold")
            scale(axes, [row[column] for rows in lines.values() for row in rows], names)
            draw_lines(axes, lines, column)
        axes.set_xlabel("documents")
        subtitle = "dedup.deduplicate on texts in memory; all scales are logarithmic"
        write_title(
            figure,
            "Time and memory by number of documents",
            subtitle,
            f"{scaling['machine']}; {scaling['date']}",
        )
        return as_svg(figure, "scaling.json")


def drawn_rows(rows: Sequence[Mapping[str, Any]], kind: str) -> list[Mapping[str, Any]]:
    """Return the rows of a line."""
    return [row for row in rows if (row["kind"], row["measure"]) == (kind, "containment")]


def line_name(kind: str, rows: Sequence[Mapping[str, Any]]) -> str:
    """Return the name of a line, with the size of a text."""
    size = rows[-1]["size"] / rows[-1]["count"]
    return f"{kind} ({size:,.0f} bytes)" if size < 1000 else f"{kind} ({size / 1000:.1f} kB)"


def draw_lines(axes: Any, lines: Mapping[str, Sequence[Mapping[str, Any]]], column: str) -> None:  # noqa: ANN401
    """Draw each line with its name at its end: beside it, or above where other lines go on."""
    bottom, top = axes.get_ylim()
    ratio = (top / bottom) ** (NAME_POINTS / (72 * PANEL_HEIGHT))  # from one name to the next
    free = bottom  # above the last name
    for kind, rows in sorted(lines.items(), key=lambda line: line[1][-1][column]):
        counts, values = [row["count"] for row in rows], [row[column] for row in rows]
        axes.plot(counts, values, "o-", color=COLOURS[kind], linewidth=2.2, clip_on=False)
        is_longest = counts[-1] == max(COUNTS)
        y = max(values[-1], free) if is_longest else values[-1]
        axes.annotate(
            line_name(kind, rows),
            (counts[-1], y),
            xytext=(8, 0) if is_longest else (0, 6),
            textcoords="offset points",
            ha="left" if is_longest else "right",
            va="center" if is_longest else "bottom",
            color=COLOURS[kind],
            fontsize=SMALL,
            annotation_clip=False,
        )
        free = y * ratio if is_longest else free


def scale(axes: Any, values: Sequence[float], names: Mapping[float, str]) -> None:  # noqa: ANN401
    """Make both axes logarithmic, with ticks at round numbers."""
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(min(COUNTS) * 0.8, max(COUNTS))
    lowest, highest = min(values) / 2, max(values) * HEADROOM
    axes.set_ylim(lowest, highest)
    shown = [tick for tick in names if lowest <= tick <= highest]
    use_log_ticks(axes.xaxis, [*COUNTS], [*COUNTS.values()])
    use_log_ticks(axes.yaxis, shown, [names[tick] for tick in shown])
    finish(axes, "both")


def main() -> None:
    """Write the chart."""
    chart = draw(read_results("scaling.json"))
    (PICTURES / "scaling.svg").write_text(chart, encoding="utf-8")


if __name__ == "__main__":
    main()
