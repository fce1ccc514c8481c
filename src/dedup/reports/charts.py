"""The geometry of the charts of a report; templates draw it as inline SVG."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from dedup.arrays.array_types import Span

CHART_WIDTH, CHART_HEIGHT = 1000, 220  # of the area of bars and curves, in units of the drawing
MAP_WIDTH, MAP_BAR, MAP_HEIGHT = 1000, 26, 150
MIN_RIBBON_WIDTH = 2.0
STRIPE_WIDTH = 8.0
CURVE_POINTS = 100


class Ribbon(NamedTuple):
    """A ribbon of the map of a text, from a removed run to what it repeats."""

    copy: tuple[float, float]  # left edge and width, of ``MAP_WIDTH``
    witness: tuple[float, float]
    path: str  # an SVG path below the bar
    label: str

    @property
    def stripes(self) -> str:
        """Lines across the removed run, which distinguish it without colours."""
        begin, width = self.copy
        count = int(width // STRIPE_WIDTH)
        edges = (begin + (place + 1) * STRIPE_WIDTH for place in range(count))
        return "".join(f"M{edge:.1f} 0V{MAP_BAR}" for edge in edges)


class Bar(NamedTuple):
    """A bar of a histogram."""

    left: float
    width: float
    top: float
    height: float
    label: str
    is_marked: bool


def ribbons(links: Sequence[tuple[Span, Span, str]], length: int) -> list[Ribbon]:
    """Return the ribbons of removed runs.

    Parameters
    ----------
    links
        The characters of each run, those that it repeats, and its label.
    length
        The number of characters of the text.

    Examples
    --------
    >>> ribbons([(Span(60, 100), Span(20, 60), "run")], 100)[0][:2]
    ((600.0, 400.0), (200.0, 400.0))
    """
    found = []
    for copy, witness, label in links:
        left, right = (
            (edge.start * MAP_WIDTH / length, (edge.stop - edge.start) * MAP_WIDTH / length)
            for edge in (copy, witness)
        )
        found.append(Ribbon(left, right, _ribbon_path(left, right), label))
    return found


def _ribbon_path(copy: tuple[float, float], witness: tuple[float, float]) -> str:
    """Return a band below the bar: an outer and an inner curve from one range to the other."""
    ranges = sorted(
        (begin, begin + max(width, MIN_RIBBON_WIDTH)) for begin, width in (copy, witness)
    )
    (begin, inner_begin), (inner_end, end) = ranges
    outer, inner = _depth(end - begin), _depth(abs(inner_end - inner_begin))
    return (
        f"M{begin:.1f} {MAP_BAR}C{begin:.1f} {outer:.1f} {end:.1f} {outer:.1f} {end:.1f} {MAP_BAR}"
        f"H{inner_end:.1f}C{inner_end:.1f} {inner:.1f} {inner_begin:.1f} {inner:.1f} "
        f"{inner_begin:.1f} {MAP_BAR}Z"
    )


def _depth(distance: float) -> float:
    """Return how far down the control points of a curve are, by its width."""
    return MAP_BAR + 1.3 * (MAP_HEIGHT - MAP_BAR) * (distance / MAP_WIDTH) ** 0.5


def histogram_bars(
    counts: Sequence[int], labels: Sequence[str], marked: Sequence[bool]
) -> list[Bar]:
    """Return the bars of a histogram; heights are in proportion to the square roots of the counts.

    Examples
    --------
    >>> [(bar.left, bar.height) for bar in histogram_bars([4, 1], ["a", "b"], [False, True])]
    [(0.0, 220.0), (500.0, 110.0)]
    """
    highest, width = max(*counts, 1, 1), CHART_WIDTH / max(len(counts), 1)
    heights = [CHART_HEIGHT * (count / highest) ** 0.5 for count in counts]
    return [
        Bar(place * width, width, CHART_HEIGHT - height, height, label, is_marked)
        for place, (height, label, is_marked) in enumerate(
            zip(heights, labels, marked, strict=True)
        )
    ]


def curve_path(function: Callable[[float], float]) -> str:
    """Return the curve of a function from 0 to 1, with values from 0 to 1, as an SVG path.

    Examples
    --------
    >>> curve_path(lambda x: x)[:29]
    'M0.0 220.0L10.0 217.8L20.0 21'
    """
    points = [place / CURVE_POINTS for place in range(CURVE_POINTS + 1)]
    return "M" + "L".join(
        f"{CHART_WIDTH * x:.1f} {CHART_HEIGHT * (1 - function(x)):.1f}" for x in points
    )


def similarity_ticks(lowest: float) -> list[tuple[float, str]]:
    """Return where the labels of an axis of similarities are, from ``lowest`` to 1.

    Examples
    --------
    >>> similarity_ticks(0.8)
    [(0.0, '0.8'), (500.0, '0.9'), (1000.0, '1.0')]
    """
    steps = [step / 10 for step in range(11) if step / 10 >= lowest - 1e-9]
    return [
        (round(CHART_WIDTH * (step - lowest) / (1 - lowest), 1), f"{step:.1f}") for step in steps
    ]
