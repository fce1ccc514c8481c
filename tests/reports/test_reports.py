"""The reports: JSON for programs, a table for people."""

import json
from dataclasses import asdict
from typing import Any

import pytest
from rich.console import Console

import dedup
from dedup import DatasetReport
from dedup.datasets.formats.json_values import dumps
from dedup.reports.json_report import report_of
from dedup.reports.terminal import table_of, table_of_patterns

SAID = (
    "The ferry was late again, and nobody on the pier could say why it was so often late, "
    "though the company blamed the tide, the moon and “a rope that had gone missing”.\n"
)
ASKED = (
    "Asked about the rope, the harbour master said that it had last been seen in spring, that it "
    "was blue, and that he would rather talk about anything else in the whole wide world.\n"
)
TEXT = "Ferry late\n" + SAID + ASKED + SAID + ASKED.replace("anything else", "something else")
SCHEMA: dict[str, type] = {
    "document": str,
    "cut": str,
    "blocks": int,
    "characters": int,
    "removed_blocks": int,
    "removed_characters": int,
    "runs": list,
    "repeats": list,
}


@pytest.fixture(autouse=True)
def _plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no setting of the terminal that the tests run in reach the tables."""
    for name in ("FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE", "COLUMNS", "JUPYTER_COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")


def cleaned(text: str = TEXT, document: str = "ferry.txt", **given: Any) -> dedup.CleanedDocument:  # noqa: ANN401
    return dedup.clean(text, document=document, **given)


def report(document: dedup.CleanedDocument) -> dict[str, Any]:
    line = dumps(report_of(document)).decode()
    assert line.isascii() and "\n" not in line
    read: dict[str, Any] = json.loads(line)
    return read


def repeating(words: str) -> dedup.CleanedDocument:
    """Return a document with one repeat, of a paragraph that begins with these words."""
    return cleaned(f"Ferry\n{words} {SAID}{ASKED}{words} {SAID}", "f")


def test_json_has_these_fields_and_no_others() -> None:
    read = report(cleaned())
    assert {key: type(value) for key, value in read.items()} == SCHEMA
    assert set(read["runs"][0]) == {"first", "last", "of_first", "of_last", "lines", "of_lines"}
    assert set(read["repeats"][0]) == {
        *("block", "of", "kind", "similarity", "chars", "of_chars", "lines", "of_lines")
    }


def test_json_agrees_with_the_document() -> None:
    document = cleaned()
    read = report(document)
    assert (read["document"], read["cut"]) == ("ferry.txt", "line")
    assert (read["blocks"], read["removed_blocks"]) == (5, 2)
    assert read["characters"] == len(TEXT)
    assert read["removed_characters"] == len(TEXT) - len(document.text)
    runs = [list(asdict(run).values()) for run in document.runs]
    assert [list(run.values()) for run in read["runs"]] == json.loads(json.dumps(runs))
    assert [(repeat["kind"], repeat["lines"]) for repeat in read["repeats"]] == [
        ("exact", [4, 4]),
        ("near", [5, 5]),
    ]
    for shown, repeat in zip(read["repeats"], document.repeats, strict=True):
        edges = document.offsets.tolist()
        assert shown["chars"] == edges[repeat.block : repeat.block + 2]
        assert shown["of_chars"] == edges[repeat.witness : repeat.witness + 2]
        assert shown["similarity"] == repeat.similarity


@pytest.mark.parametrize("text", ["", "\n\n", "Nothing repeats.", "“é”\u2028\x1b\x85\udcff😀"])
def test_json_of_a_text_without_repeats(text: str) -> None:
    read = report(cleaned(text, ""))
    assert (read["document"], read["characters"]) == ("", len(text))
    assert (read["repeats"], read["runs"], read["removed_blocks"]) == ([], [], 0)


def test_a_table_has_a_row_a_repeat() -> None:
    lines = table_of(cleaned()).splitlines()
    assert lines[0].rstrip() == "ferry.txt"
    rows = [[cell.strip() for cell in line.strip("│").split("│")] for line in lines if "│" in line]
    near = f"{cleaned().repeats[1].similarity:.3f}"
    assert [row[:4] for row in rows] == [["4", "2", "exact", "1.000"], ["5", "3", "near", near]]
    assert rows[0][4].startswith("The ferry was late again") and rows[0][4].endswith("…")
    assert rows[1][4].startswith("Asked about the rope")


def test_a_row_names_all_lines_of_a_paragraph() -> None:
    wrapped = SAID.replace(", ", ",\n")
    text = f"{wrapped}\n{ASKED}\n{wrapped}"
    document = cleaned(text, split_by="paragraph", min_tokens=3)
    (repeat,) = document.repeats
    (row,) = (line for line in table_of(document).splitlines() if "│" in line)
    assert repeat.lines.first < repeat.lines.last
    assert f"{repeat.lines.first}-{repeat.lines.last}" in row
    assert f"{repeat.witness_lines.first}-{repeat.witness_lines.last}" in row


@pytest.mark.parametrize("text", ["", "Nothing repeats.\n"])
def test_there_is_no_table_without_repeats(text: str) -> None:
    assert table_of(cleaned(text)) == ""


def test_a_document_without_a_name_has_no_title() -> None:
    assert table_of(cleaned(document="")).startswith("┏")


def test_near_copies_have_a_colour_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    exact, near = (line for line in table_of(cleaned()).splitlines() if "│" in line)
    assert "\x1b[33m" in near and "\x1b[33m" not in exact


@pytest.mark.parametrize(
    "words",
    [
        "\x1b[31mred\x1b[0m",
        "\x1b]0;title\x07",
        "a\x08b\x00c\x7fd",
        "\x9b31m",
        "\u202ertl",
        "\u200b",
    ],
    ids=ascii,
)
def test_control_characters_of_a_text_do_not_reach_the_terminal(words: str) -> None:
    shown = table_of(repeating(words))
    assert "exact" in shown and "The ferry was" in shown
    assert not [c for c in shown if not c.isprintable() and c != "\n"]


@pytest.mark.parametrize(
    "words", ["[bold]", "[/]", "[/red]", "[link=x]", "\\[b]", "[[x]]", "[1]", "[@click=x]"]
)
def test_markup_in_a_text_is_shown_as_it_is(words: str) -> None:
    assert f"│ {words} The ferry" in table_of(repeating(words))


@pytest.mark.parametrize("columns", [1, 10, 40, 60, 200])
@pytest.mark.parametrize("keep", ["first", "last"])
def test_a_table_fits_its_terminal(
    monkeypatch: pytest.MonkeyPatch, columns: int, keep: str
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    lines = table_of(cleaned(keep=keep, split_by="line")).splitlines()
    assert max(map(len, lines)) <= columns
    assert len(lines) >= 7


def test_wide_characters_and_a_long_block_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    said = "渡船又晚了,碼頭上沒有人知道為什麼總是這樣晚," * 2_000
    document = cleaned(f"Ferry\n{said}\n{ASKED}\n{said}\n", "f", split_by="line")
    shown = table_of(document)
    assert "渡船又晚了" in shown
    assert max(Console(width=200).render_str(line).cell_len for line in shown.splitlines()) <= 100


@pytest.mark.parametrize(
    "name",
    [
        *("[red]a[/red].txt", "[/a].txt", "a[b].txt", "\\[a].txt"),
        ":smile:.txt",
    ],
)
def test_markup_in_a_file_name_is_shown_as_it_is(name: str) -> None:
    assert table_of(cleaned(document=name)).splitlines()[0].rstrip() == name


@pytest.mark.parametrize("name", ["a\x1b[31m.txt", "a\nb.txt"])
def test_control_characters_of_a_file_name_do_not_reach_the_terminal(name: str) -> None:
    title = table_of(cleaned(document=name)).split("┏")[0].rstrip()
    assert title.isprintable()


def test_emoji_codes_in_a_text_are_shown_as_they_are() -> None:
    assert "│ :smile: The ferry" in table_of(repeating(":smile:"))


@pytest.mark.parametrize("columns", [40, 30])
def test_a_narrow_terminal_still_shows_the_text(
    monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    rows = [line for line in table_of(cleaned()).splitlines() if "│" in line]
    assert rows[0].rstrip("│ ").endswith("…") or "T" in rows[0]


def test_one_of_a_kind_is_said_as_one() -> None:
    report = DatasetReport(1, 1, 0, 0, 0, 0, 0, 0, 0, 9, 9, (), patterns=1)
    assert report.summary == "kept 1 of 1 document; 1 pattern recurs, but nothing was removed"
    audit = dedup.audit([SAID, SAID, ASKED])
    assert "keep 2 of 3 texts and remove 1 exact copy\n" in str(audit)
    audit = dedup.audit([SAID, SAID, SAID, "word"])
    assert "keep 2 of 4 texts and remove 2 exact copies\n" in str(audit)


def test_of_many_patterns_the_others_are_counted() -> None:
    pattern = {"df": 12, "excepted": True, "removed": 0, "records": [7], "text": "Sign\x1b up"}
    table = table_of_patterns([pattern] * 2, 1500)
    assert table.endswith("and 1,498 more, which --patterns FILE lists\n")
    assert "│      12 │    kept │ 7        │ Sign\\x1b up │" in table
    assert table_of_patterns([pattern], 1).endswith("┘\n")
    assert table_of_patterns([], 0) == table_of_patterns([], 0, has_copies=True) == ""
    assert "the summary counts only" in table_of_patterns([pattern], 1, has_copies=True)
