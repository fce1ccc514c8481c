"""Draw dedup beside its peers: ``python -m benchmarks.comparison_chart``.

The left panel shows processor time on a logarithmic scale, the right panel F1 on labelled texts.
``benchmarks.comparison_tables`` says where the numbers are from. The same numbers give the same
picture.
"""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.comparison_tables import (
    DRAWN_SETS,
    F1_COLUMNS,
    corpus_label,
    read_results,
    shown_tools,
    tool_label,
)
from benchmarks.draw_scaling import FAINT, INK, as_svg, new_figure, style

PICTURE = Path(__file__).parents[1] / "docs" / "pictures" / "comparison.svg"
# These colours differ in brightness, too, for readers who see fewer colours.
COLOURS = {"dedup": "#3b8bd4", "text_dedup": INK, "datasketch": "#d9762b"}
SHORTEST_SECONDS = 0.005  # where the lines of the left panel begin
BAR_HEIGHT = 0.28
SMALL = 9.5  # size of a font


def draw(comparison: Mapping[str, Any], quality: Mapping[str, Any]) -> str:
    """Return the picture as an SVG.

    Parameters
    ----------
    comparison
        ``rows`` with ``name``, ``seconds``, ``found`` and ``reads_a_file``; ``corpus``,
        ``documents``, ``bytes``, ``machine`` and ``date``.
    quality
        ``rows`` with ``set``, ``preset`` and an F1 for each tool (None: no result); ``date``.
    """
    with style():
        figure = new_figure(9.6, 5.2)
        draw_seconds(figure.add_axes((0.175, 0.2, 0.26, 0.63)), shown_tools(comparison))
        draw_accuracy(figure.add_axes((0.64, 0.2, 0.305, 0.63)), quality["rows"])
        for x, title, subtitle in (
            (0.012, "Time", f"{corpus_label(comparison)}; shorter is better"),
            (0.515, "Accuracy", "F1 on labelled texts; longer is better"),
        ):
            figure.text(x, 0.935, title, fontsize=15, fontweight="bold")
            figure.text(x, 0.885, subtitle, fontsize=SMALL + 0.5)
        note = "* The whole process: it also starts up and reads a file."
        dates = " and ".join(dict.fromkeys((comparison["date"], quality["date"])))
        figure.text(0.012, 0.05, note, fontsize=SMALL)
        figure.text(0.012, 0.015, f"{comparison['machine']}; {dates}", fontsize=SMALL)
        return as_svg(figure)


def draw_seconds(axes: Any, rows: Sequence[Mapping[str, Any]]) -> None:  # noqa: ANN401
    """Draw a dot for each tool, with its time and the share of the similar pairs that it finds."""
    for y, row in enumerate(rows):
        seconds, is_dedup = float(row["seconds"]), row["name"].startswith("dedup")
        colour = COLOURS["dedup"] if is_dedup else INK
        axes.plot([SHORTEST_SECONDS, seconds], [y, y], color=colour, linewidth=2, alpha=0.5)
        axes.plot(seconds, y, "o", color=colour, markersize=8)
        label = f"{seconds:.2f} s" if seconds < 1 else f"{seconds:.1f} s"
        if row["found"] is not None:
            label += f", finds {row['found']:.0%}"
        axes.annotate(
            label,
            (seconds, y),
            xytext=(9, 0),
            textcoords="offset points",
            va="center",
            fontsize=SMALL + 0.5,
            fontweight="bold" if is_dedup else "normal",
            annotation_clip=False,
        )
    axes.set_xscale("log")
    axes.set_xlim(SHORTEST_SECONDS, 1000)  # with room for the labels
    axes.set_xticks([0.01, 0.1, 1, 10, 100], ["0.01", "0.1", "1", "10", "100"])
    axes.minorticks_off()
    axes.set_yticks(range(len(rows)), [tool_label(row) for row in rows])
    axes.invert_yaxis()
    axes.set_xlabel("processor seconds, logarithmic scale")
    finish(axes)


def draw_accuracy(axes: Any, rows: Sequence[Mapping[str, Any]]) -> None:  # noqa: ANN401
    """Draw a group of bars for each set; the bars of the first group name their tools."""
    by_set = {row["set"]: row for row in rows}
    drawn = [by_set[name] for name in DRAWN_SETS if name in by_set]
    for group, row in enumerate(drawn):
        for place, (column, name) in enumerate(F1_COLUMNS.items()):
            if row[column] is None:
                continue
            y = group + (place - 1) * BAR_HEIGHT
            axes.barh(y, row[column], height=BAR_HEIGHT * 0.9, color=COLOURS[column])
            if group == 0:
                axes.text(0.02, y, name, va="center_baseline", fontsize=SMALL, color="white")
            axes.annotate(
                f"{row[column]:.3f}",
                (row[column], y),
                xytext=(4, 0),
                textcoords="offset points",
                va="center",
                fontsize=SMALL,
                fontweight="bold" if column == "dedup" else "normal",
                annotation_clip=False,
            )
    axes.set_xlim(0, 1)
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "0.25", "0.5", "0.75", "1"])
    labels = [f"{DRAWN_SETS[row['set']]}\n(preset {row['preset']})" for row in drawn]
    axes.set_yticks(range(len(drawn)), labels)
    axes.invert_yaxis()
    axes.set_xlabel("F1: 1 finds all copies and nothing else")
    finish(axes)


def finish(axes: Any) -> None:  # noqa: ANN401
    """Draw faint vertical lines instead of a frame."""
    axes.xaxis.label.set_color(INK)
    axes.tick_params(length=0, pad=6)
    axes.grid(axis="x", color=FAINT, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "left", "right", "bottom"]].set_visible(False)


def main() -> None:
    """Write the picture."""
    parser = argparse.ArgumentParser(description="Draw dedup beside its peers.")
    parser.add_argument("--out", type=Path, default=PICTURE, help="the SVG file to write")
    target = parser.parse_args().out
    picture = draw(read_results("comparison.json"), read_results("quality.json"))
    target.write_text(picture, encoding="utf-8")


if __name__ == "__main__":
    main()
