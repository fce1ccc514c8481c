"""Draw precision over recall by threshold as SVG; equal numbers give an equal file."""

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.draw_scaling import FAINT, INK, as_svg, new_figure, style
from benchmarks.quality_thresholds import Panel, Point

COLOURS = {"containment": "#3b8bd4", "letters": "#2f9e6e", "jaccard": "#d9762b"}
LEGEND = {
    "containment": "containment of words",
    "letters": "containment of letters",
    "jaccard": "Jaccard of words",
}
PRESET_MARKER = {"markerfacecolor": "none", "markeredgecolor": INK, "markeredgewidth": 2}
MARKED_THRESHOLD = 0.8  # marked on all curves
PANEL_WIDTH, PANEL_HEIGHT = 0.385, 0.3
PANEL_CORNERS = ((0.055, 0.495), (0.555, 0.495), (0.055, 0.06), (0.555, 0.06))
# Lowest recall and lowest precision on the axes of each panel.
AXIS_STARTS = ((0, 0.6), (0, 0.95), (0, 0.95), (0.75, 0.9))


def draw(panels: Sequence[Panel]) -> str:
    """Return a picture of the panels, two to a row."""
    with style():
        figure = new_figure(9.2, 7.6)
        for panel, corner, (recall, precision) in zip(
            panels, PANEL_CORNERS, AXIS_STARTS, strict=True
        ):
            axes = figure.add_axes((*corner, PANEL_WIDTH, PANEL_HEIGHT))
            scale(axes, recall, precision)
            axes.set_title(panel.name, fontsize=12, loc="left", color=INK, pad=10)
            write_lines(axes, panel.lines)
            write_preset(axes, panel)
        figure.text(
            0.012, 0.957, "Precision and recall by threshold", fontsize=15, fontweight="bold"
        )
        figure.text(0.012, 0.919, "precision upwards, recall to the right; the scales differ")
        write_legend(figure, axes)
        return as_svg(figure)


def write_legend(figure: Any, axes: Any) -> None:  # noqa: ANN401
    """Explain lines and markers in one row."""
    samples = [axes.plot([], [], color=COLOURS[name], linewidth=3)[0] for name in LEGEND]
    samples += axes.plot([], [], "o", color=INK, markersize=8)
    samples += axes.plot([], [], "D", markersize=8, **PRESET_MARKER)
    figure.legend(
        samples,
        [*LEGEND.values(), f"threshold {MARKED_THRESHOLD}", "preset"],
        loc="upper left",
        bbox_to_anchor=(0, 0.907),
        ncols=len(samples),
        frameon=False,
        handlelength=1.2,
        handletextpad=0.5,
        columnspacing=1.5,
        labelcolor=INK,
    )


def write_lines(axes: Any, lines: Mapping[str, Sequence[Point]]) -> None:  # noqa: ANN401
    for name, points in lines.items():
        axes.plot(
            [point.recall for point in points],
            [point.precision for point in points],
            color=COLOURS[name],
            linewidth=2.3,
            solid_capstyle="round",
            solid_joinstyle="round",
        )
        for point in points:
            if abs(point.threshold - MARKED_THRESHOLD) < 1e-9:
                axes.plot(point.recall, point.precision, "o", color=COLOURS[name], markersize=8)


def write_preset(axes: Any, panel: Panel) -> None:  # noqa: ANN401
    """Mark the preset; its name is to the right of the axes, where no line runs."""
    position = (panel.preset_point.recall, panel.preset_point.precision)
    axes.plot(*position, "D", markersize=9, zorder=5, **PRESET_MARKER)
    axes.annotate(
        panel.preset,
        position,
        xytext=(11, 0),
        textcoords="offset points",
        va="center",
        color=INK,
        fontweight="bold",
        annotation_clip=False,
    )


def scale(axes: Any, recall: float, precision: float) -> None:  # noqa: ANN401
    """Set the ticks and faint grid lines."""
    axes.set_xlim(recall, 1 + (1 - recall) * 0.04)
    axes.set_ylim(precision, 1 + (1 - precision) * 0.05)
    for set_ticks, start in ((axes.set_xticks, recall), (axes.set_yticks, precision)):
        parts = 4 if start in {0.6, 0.9} else 5  # round numbers
        ticks = [start + (1 - start) * part / parts for part in range(parts + 1)]
        set_ticks(ticks, [tick_label(tick) for tick in ticks])
    axes.tick_params(length=0, pad=6, labelsize=10)
    axes.grid(color=FAINT, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "left", "right", "bottom"]].set_visible(False)


def tick_label(tick: float) -> str:
    return "0" if tick == 0 else f"{tick:.4g}".lstrip("0")
