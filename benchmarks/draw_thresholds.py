"""Draw precision and recall of presets by threshold: ``python -m benchmarks.draw_thresholds``.

The numbers are in ``benchmarks/results/thresholds.json``, which ``make quality`` writes.
"""

from collections.abc import Mapping
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
from benchmarks.result_files import read_results

COLOURS = {"precision": BLUE, "recall": ORANGE}
MEANINGS = {
    "precision": "share of the found pairs that are copies",
    "recall": "share of the copies that are found",
}
CORNERS = ((0.6, 3.0), (3.3, 3.0), (0.6, 0.5), (3.3, 0.5))  # inches
PANEL_SIZE = (1.95, 1.75)
TICKS = (0, 0.2, 0.4, 0.6, 0.8, 1)


def draw(thresholds: Mapping[str, Any]) -> str:
    """Return the chart as an SVG, two panels to a row, all with the same scales.

    Parameters
    ----------
    thresholds
        ``rows`` with ``texts`` (their name), ``preset``, ``threshold`` (its own), and ``curve``: a
        list of ``threshold``, ``precision`` and ``recall``.
    """
    with style():
        figure = new_figure(height := 5.9)
        for row, (left, bottom) in zip(thresholds["rows"], CORNERS, strict=True):
            width, panel_height = PANEL_SIZE
            place = (left / WIDTH, bottom / height, width / WIDTH, panel_height / height)
            axes = figure.add_axes(place)
            draw_panel(axes, row)
            if bottom == CORNERS[-1][1]:
                axes.set_xlabel("threshold")
            if left == CORNERS[0][0]:
                axes.set_ylabel("share")
        lines = [f"{name}: {meaning}" for name, meaning in MEANINGS.items()]
        write_title(figure, "Precision and recall by threshold", *lines, colours=COLOURS.values())
        return as_svg(figure, "thresholds.json")


def draw_panel(axes: Any, row: Mapping[str, Any]) -> None:  # noqa: ANN401
    """Draw the two curves of a preset, and a line at its own threshold."""
    title = f"{row['texts']}\npreset {row['preset']}: {row['threshold']:g} (dashed)"
    axes.set_title(title, fontsize=SMALL, loc="left", pad=8)
    axes.axvline(row["threshold"], color=GREY, linewidth=1.2, linestyle=(0, (3, 2)))
    for column, colour in COLOURS.items():
        points = [(point["threshold"], point[column]) for point in row["curve"]]
        axes.plot(*zip(*points, strict=True), color=colour, linewidth=2.2)
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    axes.set_xticks(TICKS, [f"{tick:g}" for tick in TICKS])
    axes.set_yticks(TICKS, [f"{tick:g}" for tick in TICKS])
    finish(axes, "both")


def main() -> None:
    """Write the chart."""
    chart = draw(read_results("thresholds.json"))
    (PICTURES / "quality.svg").write_text(chart, encoding="utf-8")


if __name__ == "__main__":
    main()
