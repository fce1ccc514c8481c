"""Draw dedup beside its peers: ``python -m benchmarks.comparison_charts``.

One chart shows processor time on a logarithmic scale, the other F1 on labelled texts.
``benchmarks.comparison_tables`` says where the numbers are from.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.chart_style import (
    BLUE,
    GREY,
    ORANGE,
    PICTURES,
    SMALL,
    WIDTH,
    as_svg,
    finish,
    new_figure,
    style,
    write_title,
)
from benchmarks.comparison_tables import (
    DRAWN_SETS,
    F1_COLUMNS,
    corpus_label,
    seconds_label,
    shown_tools,
    tool_label,
)
from benchmarks.result_files import read_results

# These colours differ in brightness, too, for readers who see fewer colours.
COLOURS = {"dedup": BLUE, "text_dedup": GREY, "datasketch": ORANGE}
SHORTEST_SECONDS = 0.005  # where the lines begin
BAR_HEIGHT = 0.28


def draw_speed(comparison: Mapping[str, Any]) -> str:
    """Return the chart of processor time as an SVG.

    Parameters
    ----------
    comparison
        ``rows`` with ``name``, ``seconds``, ``found`` and ``reads_a_file``; ``corpus``,
        ``documents``, ``bytes``, ``machine`` and ``date``.
    """
    rows = shown_tools(comparison)
    with style():
        figure = new_figure(4.0)
        axes = figure.add_axes((1.55 / WIDTH, 0.2, 2.3 / WIDTH, 0.64))
        for y, row in enumerate(rows):
            is_dedup = row["name"].startswith("dedup")
            colour = COLOURS["dedup"] if is_dedup else GREY
            seconds = float(row["seconds"])
            axes.plot([SHORTEST_SECONDS, seconds], [y, y], color=colour, linewidth=2, alpha=0.5)
            axes.plot(seconds, y, "o", color=colour, markersize=7)
            write_beside(axes, seconds_label(row), seconds, y, is_bold=is_dedup)
        axes.set_xscale("log")
        axes.set_xlim(SHORTEST_SECONDS, 100)
        axes.set_xticks([0.01, 0.1, 1, 10, 100], ["0.01", "0.1", "1", "10", "100"])
        axes.minorticks_off()
        axes.set_yticks(range(len(rows)), [tool_label(row) for row in rows])
        axes.invert_yaxis()
        axes.set_xlabel("processor seconds (logarithmic scale)")
        finish(axes, "x")
        subtitle = f"{corpus_label(comparison)}, one thread; less is better"
        write_title(figure, "Processor time", subtitle)
        note = "* The whole process: it also starts up and reads a file."
        figure.text(0.02, 0.055, note, fontsize=SMALL)
        write_origin(figure, comparison)
        return as_svg(figure, "comparison.json")


def draw_accuracy(quality: Mapping[str, Any]) -> str:
    """Return the chart of F1 as an SVG; the bars of the first group name their tools.

    Parameters
    ----------
    quality
        ``rows`` with ``set``, ``preset`` and an F1 for each tool (None: no result); ``machine``
        and ``date``.
    """
    by_set = {row["set"]: row for row in quality["rows"]}
    drawn = [by_set[name] for name in DRAWN_SETS if name in by_set]
    with style():
        figure = new_figure(5.0)
        axes = figure.add_axes((1.4 / WIDTH, 0.13, 3.35 / WIDTH, 0.74))
        for group, row in enumerate(drawn):
            for place, (column, name) in enumerate(F1_COLUMNS.items()):
                if row[column] is None:
                    continue
                y = group + (place - 1) * BAR_HEIGHT
                axes.barh(y, row[column], height=BAR_HEIGHT * 0.9, color=COLOURS[column])
                if group == 0:
                    axes.text(0.02, y, name, va="center_baseline", fontsize=SMALL, color="white")
                label = f"{row[column]:.3f}"
                write_beside(axes, label, row[column], y, is_bold=column == "dedup")
        axes.set_xlim(0, 1)
        axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "0.25", "0.5", "0.75", "1"])
        labels = [f"{DRAWN_SETS[row['set']]}\n(preset {row['preset']})" for row in drawn]
        axes.set_yticks(range(len(drawn)), labels)
        axes.set_ylim(len(drawn) - 0.5, -0.5)
        axes.set_xlabel("F1")
        finish(axes, "x")
        write_title(figure, "Accuracy", "F1 on labelled texts: 1 finds all copies and nothing else")
        write_origin(figure, quality)
        return as_svg(figure, "quality.json")


def write_beside(axes: Any, label: str, x: float, y: float, *, is_bold: bool) -> None:  # noqa: ANN401
    """Write a label on the right of a point."""
    axes.annotate(
        label,
        (x, y),
        xytext=(7, 0),
        textcoords="offset points",
        va="center",
        fontsize=SMALL,
        fontweight="bold" if is_bold else "normal",
        annotation_clip=False,
    )


def write_origin(figure: Any, results: Mapping[str, Sequence[Any]]) -> None:  # noqa: ANN401
    """Write machine and date at the bottom of a figure."""
    figure.text(0.02, 0.015, f"{results['machine']}; {results['date']}", fontsize=SMALL)


def main() -> None:
    """Write the charts."""
    speed, accuracy = read_results("comparison.json"), read_results("quality.json")
    (PICTURES / "speed.svg").write_text(draw_speed(speed), encoding="utf-8")
    (PICTURES / "accuracy.svg").write_text(draw_accuracy(accuracy), encoding="utf-8")


if __name__ == "__main__":
    main()
