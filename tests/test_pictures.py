"""The pictures of the manual show what they say, load nothing, and are described in words."""

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from benchmarks.result_files import with_digest
from tools.diagrams import DIAGRAMS, Diagram
from tools.terminal_pictures import TERMINAL_PICTURES, TerminalPicture, draw, write_texts

ROOT = Path(__file__).parents[1]
PICTURES = ROOT / "docs" / "pictures"
DRAWINGS = sorted(PICTURES.glob("*.svg"))
SOURCE = re.compile("<dc:source>(.*)</dc:source>")
CHARTS = [path for path in DRAWINGS if SOURCE.search(path.read_text(encoding="utf-8"))]
PAGES = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]


def shown_pictures() -> Iterator[tuple[Path, str]]:
    """Yield each picture of a page, with its description."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for words, link in re.findall(r"!\[([^\]]*)\]\(([^)\s]+)\)", text):
            yield (page.parent / link).resolve(), words


@pytest.mark.parametrize("picture", TERMINAL_PICTURES, ids=lambda picture: picture.name)
def test_a_terminal_shows_what_the_commands_print(picture: TerminalPicture, tmp_path: Path) -> None:
    write_texts(tmp_path)
    assert draw(picture, tmp_path) == picture.path.read_text(encoding="utf-8")


def test_a_terminal_that_lacks_the_words_to_be_shown_is_refused(tmp_path: Path) -> None:
    picture = TerminalPicture("help", ("dedup-clean --version",), "words of nobody")
    with pytest.raises(RuntimeError, match="did not print 'words of nobody': dedup-clean"):
        draw(picture, tmp_path)


@pytest.mark.parametrize("diagram", DIAGRAMS, ids=lambda diagram: diagram.name)
def test_a_diagram_is_the_one_of_its_description(diagram: Diagram) -> None:
    assert diagram.svg() == diagram.path.read_text(encoding="utf-8")


@pytest.mark.parametrize("diagram", DIAGRAMS, ids=lambda diagram: diagram.name)
def test_boxes_of_a_diagram_overlap_only_inside_a_store(diagram: Diagram) -> None:
    assert len({box.title for box in diagram.boxes}) == len(diagram.boxes)
    for place, box in enumerate(diagram.boxes):
        for other in diagram.boxes[:place]:
            beside = box.left >= other.right or other.left >= box.right
            stacked = box.top >= other.bottom or other.top >= box.bottom
            inside = other.left < box.left and box.right < other.right and other.kind == "store"
            assert beside or stacked or inside, (box.title, other.title)


@pytest.mark.parametrize("path", CHARTS, ids=lambda path: path.stem)
def test_a_chart_is_drawn_from_the_measured_numbers(path: Path) -> None:
    name = SOURCE.findall(path.read_text(encoding="utf-8"))[0].split()[0]
    assert SOURCE.findall(path.read_text(encoding="utf-8")) == [with_digest(name)]


@pytest.mark.parametrize("path", DRAWINGS, ids=lambda path: path.stem)
def test_a_drawing_has_a_size_and_loads_nothing(path: Path) -> None:
    drawing = ET.fromstring(path.read_bytes())  # noqa: S314  of this repository
    assert float(drawing.attrib["width"].removesuffix("pt")) > 0
    links = [
        value
        for element in drawing.iter()
        for name, value in element.attrib.items()
        if name.rpartition("}")[2] in {"href", "src"}
    ]
    links += re.findall(r"url\(([^)]*)\)|@import", path.read_text(encoding="utf-8"))
    assert all(link.startswith("#") for link in links)


def test_each_picture_is_on_a_page_and_described() -> None:
    shown = list(shown_pictures())
    assert {path for path, _ in shown} == {*PICTURES.iterdir()}
    assert [path.name for path, words in shown if len(words.split()) < 5] == []
