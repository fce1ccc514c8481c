"""Draw the diagrams of the manual, boxes and arrows, as SVG: ``make pictures``.

A diagram is narrow, so that a phone shows its words in a size that one can read, and has a light
background of its own, so that it reads well on a dark page.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from pathlib import Path
from typing import Literal

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
MARGIN = 10
TITLE_SIZE, LINE_SIZE = 15, 12.5  # sizes of the fonts
LINE_HEIGHT = 17
ARROW_HEAD = 7  # length
Kind = Literal["data", "step", "store"]
FILLS: dict[Kind, str] = {"data": "#ffffff", "step": "#e3effb", "store": "#fdf0e4"}
STROKES: dict[Kind, str] = {"data": "#6e7781", "step": "#2f6fb0", "store": "#b8601f"}
SVG = """\
<svg width="{width}" height="{height}" viewBox="0 0 {width} {height}" \
xmlns="http://www.w3.org/2000/svg" role="img">
<title>{title}</title>
<style>
text {{ font-family: system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }}
.title {{ font-size: {title_size}px; font-weight: 600; fill: #1f2328; }}
.line {{ font-size: {line_size}px; fill: #424a53; }}
</style>
<rect width="{width}" height="{height}" rx="8" fill="#f6f8fa" />
{shapes}
</svg>
"""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle with a title and lines of small print.

    Parameters
    ----------
    title
        The name of the box, by which arrows find it.
    left, top, width
        Place and size in pixels.
    lines
        Text below the title.
    kind
        Data that goes in or comes out, a step, or a store.
    height
        Its height; by default that of its text.
    """

    title: str
    left: int
    top: int
    width: int
    lines: Sequence[str] = ()
    kind: Kind = "step"
    height: int = 0

    @property
    def right(self) -> int:
        """The right edge."""
        return self.left + self.width

    @property
    def bottom(self) -> int:
        """The lower edge."""
        return self.top + (self.height or 32 + LINE_HEIGHT * len(self.lines))

    def svg(self) -> str:
        """Return the box as elements of an SVG."""
        place = f'x="{self.left}" y="{self.top}" width="{self.width}"'
        paint = f'fill="{FILLS[self.kind]}" stroke="{STROKES[self.kind]}" stroke-width="1.5"'
        shape = f'<rect {place} height="{self.bottom - self.top}" rx="6" {paint} />'
        left, top = self.left + 12, self.top + 21
        texts = [f'<text class="title" x="{left}" y="{top}">{escape(self.title)}</text>']
        for place_of_line, line in enumerate(self.lines, start=1):
            y = top + place_of_line * LINE_HEIGHT
            texts.append(f'<text class="line" x="{left}" y="{y}">{escape(line)}</text>')
        return "\n".join([shape, *texts])


@dataclass(frozen=True, slots=True)
class Arrow:
    """A straight arrow between two boxes, in the middle of where they face each other.

    Parameters
    ----------
    start, end
        Titles of boxes.
    label
        Words beside a vertical arrow, or above a horizontal one.
    """

    start: str
    end: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Diagram:
    """Boxes and the arrows between them.

    Parameters
    ----------
    name
        The name of the file in ``docs/pictures``, without its suffix.
    title
        What the diagram shows, in a few words.
    boxes
        In the order in which they are painted.
    arrows
        The arrows, above all boxes.
    """

    name: str
    title: str
    boxes: Sequence[Box]
    arrows: Sequence[Arrow]

    @property
    def path(self) -> Path:
        """The SVG file."""
        return PICTURES / f"{self.name}.svg"

    def svg(self) -> str:
        """Return the diagram as an SVG."""
        by_title = {box.title: box for box in self.boxes}
        shapes = [box.svg() for box in self.boxes]
        for arrow in self.arrows:
            shapes += draw_arrow(by_title[arrow.start], by_title[arrow.end], arrow.label)
        return SVG.format(
            title=escape(self.title),
            width=max(box.right for box in self.boxes) + MARGIN,
            height=max(box.bottom for box in self.boxes) + MARGIN,
            title_size=TITLE_SIZE,
            line_size=LINE_SIZE,
            shapes="\n".join(shapes),
        )


def draw_arrow(start: Box, end: Box, label: str) -> Iterator[str]:
    """Yield the elements of an arrow.

    Parameters
    ----------
    start, end
        Boxes of which one is beside, above or below the other.
    label
        Words beside the arrow.
    """
    top, bottom = max(start.top, end.top), min(start.bottom, end.bottom)
    is_horizontal = top < bottom
    if is_horizontal:
        sign = 1 if start.right <= end.left else -1
        x, tip_x = (start.right, end.left) if sign > 0 else (start.left, end.right)
        y = tip_y = (top + bottom) // 2
        head = f"{tip_x - sign * ARROW_HEAD},{y - 4} {tip_x - sign * ARROW_HEAD},{y + 4}"
        place = f'x="{(x + tip_x) // 2}" y="{y - 6}" text-anchor="middle"'
    else:
        sign = 1 if start.bottom <= end.top else -1
        y, tip_y = (start.bottom, end.top) if sign > 0 else (start.top, end.bottom)
        x = tip_x = (max(start.left, end.left) + min(start.right, end.right)) // 2
        head = f"{x - 4},{tip_y - sign * ARROW_HEAD} {x + 4},{tip_y - sign * ARROW_HEAD}"
        place = f'x="{x + 8}" y="{(y + tip_y) // 2 + 4}"'
    stroke = 'stroke="#424a53" stroke-width="1.5"'
    yield f'<path d="M{x} {y}L{tip_x} {tip_y}" {stroke} />'
    yield f'<polygon points="{tip_x},{tip_y} {head}" fill="#424a53" />'
    if label:
        yield f'<text class="line" {place}>{escape(label)}</text>'


def column(boxes: Sequence[tuple[str, Sequence[str], Kind]], width: int) -> Iterator[Box]:
    """Yield boxes one below the other, with room for arrows.

    Parameters
    ----------
    boxes
        Title, lines and kind of each.
    width
        The width of all.
    """
    top = MARGIN
    for title, lines, kind in boxes:
        yield (box := Box(title, MARGIN, top, width, lines, kind))
        top = box.bottom + 22


def chain(boxes: Sequence[Box]) -> Iterator[Arrow]:
    """Yield an arrow from each box to the next one.

    Parameters
    ----------
    boxes
        Boxes of a column.
    """
    for start, end in pairwise(boxes):
        yield Arrow(start.title, end.title)


def data_flow() -> Diagram:
    """Return the way from a text to the clean text and the ledger."""
    stages = [
        *column(
            (
                ("text", (), "data"),
                ("blocks", ("paragraphs, lines or sentences;", "or each text as a whole"), "step"),
                ("tokens", ("folded words",), "step"),
                ("shingles", ("hashes of 5 tokens in a row",), "step"),
                ("sketch", ("a few of the hashes",), "step"),
                ("candidates", ("kept rows with enough equal keys",), "step"),
                ("verified pairs", ("exact similarity, from all shingles",), "step"),
                ("decisions", ("similar to a kept row: removed", "else: kept"), "step"),
            ),
            width=250,
        )
    ]
    asked, decided = stages[-3], stages[-1]
    store = Box(
        "posting lists",
        decided.right + 75,
        asked.top,
        135,
        ("for each key", "the kept rows", "that have it"),
        "store",
        decided.bottom - asked.top,
    )
    top = decided.bottom + 34
    outputs = [
        Box("clean text", MARGIN, top, 140, ("the kept blocks",), "data"),
        Box(
            "ledger",
            170,
            top,
            300,
            ("each removed block, with its place,", "and the kept block that it repeats"),
            "data",
        ),
    ]
    return Diagram(
        "data-flow",
        "From a text to the clean text and the ledger",
        [*stages, store, *outputs],
        [
            *chain(stages),
            Arrow(store.title, asked.title, "kept rows"),
            Arrow(decided.title, store.title, "if kept"),
            Arrow(decided.title, "clean text", "kept"),
            Arrow(decided.title, "ledger", "removed"),
        ],
    )


def index() -> Diagram:
    """Return what an index stores, and what it does with a batch of new texts."""
    steps = [
        *column(
            (
                ("batch of new texts", ("with ids",), "data"),
                ("hash", ("fingerprint, shingles, sketch", "of each text"), "step"),
                (
                    "find candidates",
                    ("texts with enough equal keys,", "also of this batch"),
                    "step",
                ),
                ("compare", ("exact similarity, from all", "shingles of both texts"), "step"),
                ("decide in order", ("similar to a text: not added", "else: new, added"), "step"),
                ("result for each text", ("new; or the id of the text", "that it repeats"), "data"),
            ),
            width=230,
        )
    ]
    batch, hashed, asked, compared, decided, _ = steps
    left, width = decided.right + 80, 180
    height = decided.bottom - batch.top
    store = Box("index", left, batch.top, width, ("SQLite or PostgreSQL",), "store", height)
    contents = [
        Box(title, left + 10, beside.top, width - 20, lines, "data")
        for title, beside, lines in (
            ("settings", hashed, ("and the results of", "named batches")),
            ("posting lists", asked, ("for each key the", "texts that have it")),
            ("texts", compared, ("with ids, and the", "time of adding")),
        )
    ]
    return Diagram(
        "index",
        "What an index stores, and what it does with a batch of new texts",
        [*steps, store, *contents],
        [
            *chain(steps),
            Arrow("posting lists", asked.title, "which texts"),
            Arrow("texts", compared.title, "texts"),
            Arrow(decided.title, store.title, "new texts"),
        ],
    )


def cluster() -> Diagram:
    """Return what the workers of a Spark cluster do, and what the driver does."""
    steps = [
        *column(
            (
                ("rows with texts", (), "data"),
                ("hash", ("fingerprint and keys of each text",), "step"),
                ("drop lone keys", ("keys that no other row has",), "step"),
                ("find candidates", ("64 rows of each key at most",), "step"),
                ("compare", ("exact similarity, in groups of", "about 8,000 rows"), "step"),
                (
                    "decide",
                    ("in rounds, the order of the rows", "decides which copy is kept"),
                    "step",
                ),
                ("marked rows", ("keep, witness, similarity",), "data"),
            ),
            width=240,
        )
    ]
    _, hashed, dropped, _, _, decided, _ = steps
    left, width = decided.right + 60, 170
    height = decided.bottom + MARGIN - hashed.top
    driver = Box("driver", left, hashed.top, width, (), "store", height)
    parts = [
        Box("Bloom filters", left + 10, dropped.top, width - 20, ("512 MB at most",), "data"),
        Box(
            "last pairs",
            left + 10,
            decided.top,
            width - 20,
            ("20 million at most,", "decided at once"),
            "data",
        ),
    ]
    arrows = {arrow.start: arrow for arrow in chain(steps)}
    labels = {
        dropped.title: "keys are shuffled",
        "find candidates": "texts are shuffled, once",
        "compare": "pairs",
    }
    return Diagram(
        "spark",
        "What the workers of a Spark cluster do, and what the driver does",
        [*steps, driver, *parts],
        [
            *(
                Arrow(arrow.start, arrow.end, labels.get(title, ""))
                for title, arrow in arrows.items()
            ),
            Arrow("Bloom filters", dropped.title),
            Arrow(decided.title, "last pairs"),
        ],
    )


DIAGRAMS = (data_flow(), index(), cluster())


def main() -> None:
    """Write the diagrams."""
    for diagram in DIAGRAMS:
        diagram.path.write_text(diagram.svg(), encoding="utf-8")


if __name__ == "__main__":
    main()
