"""Ledger files: what was written is read again, and other files are refused."""

import errno
import gzip
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import dedup
from dedup.errors import InputError, LedgerError, OutputError
from dedup.ledger.ledger_files import ledger_bytes, read_ledger, removals_for_text, write_ledger
from dedup.ledger.removals import Removal

SAID = (
    "The ferry was late again, and nobody on the pier could say why it was so often late, "
    "though the company blamed the tide, the moon and “a rope that had gone missing”.\n"
)
ASKED = (
    "Asked about the rope, the harbour master said that it had last been seen in spring, that it "
    "was blue, and that he would rather talk about anything else in the whole wide world.\n"
)
TEXT = "Ferry late\n" + SAID + ASKED + SAID + ASKED
RESULT = dedup.clean(TEXT, document="ferry.txt")
LINE = RESULT.ledger[0].to_json()
ENTRY: dict[str, Any] = json.loads(LINE)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.jsonl"


def changed(**fields: object) -> str:
    """Return a line of a ledger with some fields replaced."""
    return json.dumps({**ENTRY, **fields})


def refusal(path: Path, line: str | bytes) -> str:
    """Return the message about a ledger whose third line, after a blank one, is bad."""
    data = line.encode() if isinstance(line, str) else line
    path.write_bytes(LINE.encode() + b"\n\n" + data + b"\n")
    with pytest.raises(LedgerError) as caught:
        read_ledger(path)
    said = str(caught.value)
    assert said.startswith(f"{path}: line 3: ")
    return said


def test_the_texts_have_the_expected_removals() -> None:
    assert (RESULT.text, len(RESULT.ledger)) == ("Ferry late\n" + SAID + ASKED, 2)


def test_a_ledger_is_read_as_it_was_written(path: Path) -> None:
    write_ledger(path, RESULT.ledger)
    assert [*read_ledger(path)] == [*read_ledger(str(path))] == [*RESULT.ledger]
    assert path.read_bytes() == ledger_bytes(RESULT.ledger, "none")
    assert path.read_bytes().count(b"\n") == 2
    write_ledger(path.with_suffix(".gz"), RESULT.ledger)
    assert gzip.decompress(path.with_suffix(".gz").read_bytes()) == path.read_bytes()
    assert [*read_ledger(path.with_suffix(".gz"))] == [*RESULT.ledger]


def test_a_ledger_is_a_table(path: Path) -> None:
    write_ledger(path, RESULT.ledger)
    ledger = read_ledger(path)
    table = ledger.to_arrow()
    assert table.column_names == [
        *("document", "start", "stop", "first_line", "last_line", "kind", "similarity"),
        *("witness_start", "witness_stop", "witness_first_line", "witness_last_line"),
        *("text", "original", "cleaned", "witness_document", "frame_of"),
    ]
    assert table.column("text").to_pylist() == [SAID, ASKED]
    assert table.column("witness_first_line").to_pylist() == [2, 3]
    assert ledger.to_polars().shape == ledger.to_pandas().shape == (2, 16)
    assert (ledger[0], ledger[-1:], ledger.inputs) == (RESULT.ledger[0], RESULT.ledger[1:], ())


def test_an_entry_says_what_was_removed_from_where() -> None:
    utf8 = TEXT.encode()
    for entry, lines, witness in zip(
        RESULT.ledger, ([4, 4], [5, 5]), ([2, 2], [3, 3]), strict=True
    ):
        read = json.loads(entry.to_json())
        assert (read["lines"], read["witness_lines"], read["kind"]) == (lines, witness, "exact")
        assert utf8[slice(*read["bytes"])] == read["text"].encode()
        assert utf8[slice(*read["witness_bytes"])] == read["text"].encode()
        # The witness is in the same document, and the text is no frame.
        assert [*read, "witness_document", "frame_of"] == [*Removal.__dataclass_fields__]


@pytest.mark.parametrize("text", ["", "\n", "a\u2028b\x85c\r", '\\"\t\x7f', "\udcff\ud800", "😀é"])
def test_any_removed_text_is_read_as_it_was_written(path: Path, text: str) -> None:
    entry = {**ENTRY, "text": text, "document": text}
    size = len(text.encode("utf-8", "surrogatepass"))
    removal = Removal.from_json(json.dumps({**entry, "bytes": [3, 3 + size]}))
    write_ledger(path, [removal, *RESULT.ledger])
    assert [*read_ledger(path)] == [removal, *RESULT.ledger]
    assert (removal.text, removal.document) == (text, text)


def test_an_empty_ledger_and_blank_lines_hold_nothing(path: Path) -> None:
    write_ledger(path, [])
    assert (path.read_bytes(), len(read_ledger(path))) == (b"", 0)
    assert read_ledger(path).to_arrow().num_rows == 0
    path.write_text(f"\n  \n{LINE}\r\n\t\n{LINE}")
    assert [*read_ledger(path)] == [RESULT.ledger[0]] * 2


def test_a_ledger_that_cannot_be_written_leaves_the_old_one(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: int) -> NoReturn:
        raise OSError(errno.ENOSPC, "")

    path.write_bytes(b"old")
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        with pytest.raises(OutputError, match=r"ledger.jsonl: cannot be written \(no space"):
            write_ledger(path, RESULT.ledger)
    assert (path.read_bytes(), len([*path.parent.iterdir()])) == (b"old", 1)


def test_a_ledger_that_is_missing_or_a_folder_is_named(path: Path) -> None:
    with pytest.raises(InputError, match=r"ledger.jsonl: no such file"):
        read_ledger(path)
    path.mkdir()
    with pytest.raises(InputError, match=r"ledger.jsonl: is a folder"):
        read_ledger(path)


def malformed() -> Iterator[tuple[str, str | bytes]]:
    yield "truncated", LINE[:-1]
    yield "truncated in a string", LINE[: len(LINE) // 2]
    yield "two on a line", LINE + LINE
    yield "text", "no JSON at all"
    yield "UTF-8 cut", LINE.encode()[: LINE.encode().index("“".encode()) + 1]
    yield "UTF-16", LINE.encode("utf-16")
    yield "binary", b"\0\1\xff"
    yield "deep", "[" * 100_000
    for other in ("null", "5", '"text"', "[]", "{}", "true", f"[{LINE}]"):
        yield f"JSON {other[:8]}", other
    for name in ENTRY:
        yield f"no {name}", json.dumps({key: ENTRY[key] for key in ENTRY if key != name})
    for name in ("bytes", "lines", "witness_bytes", "witness_lines"):
        for value in (None, 3, [], [1], [1, 2, 3], ["a", "b"], [None, None], [[1], [2]], {"a": 1}):
            yield f"{name} {value}", changed(**{name: value})
    for kind in (None, "", "Exact", 1, ["exact"]):
        yield f"kind {kind}", changed(kind=kind)
    for share in (None, "high", [1.0]):
        yield f"similarity {share}", changed(similarity=share)
    start, stop = ENTRY["bytes"]
    for span in ([start, stop + 1], [start, stop - 1], [stop, start], [0, 0]):
        yield f"a span of another length {span}", changed(bytes=span)
    yield "another text", changed(text=ENTRY["text"] + "é")


@pytest.mark.parametrize("line", [pytest.param(line, id=name) for name, line in malformed()])
def test_a_malformed_line_is_named(path: Path, line: str | bytes) -> None:
    refusal(path, line)


@given(
    name=st.sampled_from([*ENTRY]),
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(-1e300, 1e300) | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=2),
        max_leaves=4,
    ),
)
def test_any_value_in_any_field_is_read_or_refused(name: str, value: object) -> None:
    try:
        removal = Removal.from_json(changed(**{name: value}))
    except LedgerError:
        return
    assert Removal.from_json(removal.to_json()) == removal


@given(data=st.binary())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_are_no_ledger(path: Path, data: bytes) -> None:
    path.write_bytes(b"x" + data)
    with pytest.raises(LedgerError, match=r"ledger.jsonl: line 1: "):
        read_ledger(path)


def test_removals_are_found_by_the_cleaned_text_under_any_name() -> None:
    other = dedup.clean("Other\n" + TEXT, document="other.txt")
    both = [*other.ledger, *RESULT.ledger]
    assert removals_for_text(RESULT.text, both, "renamed.txt") == list(RESULT.ledger)
    assert removals_for_text(other.text, both, "ferry.txt") == list(other.ledger)
    assert dedup.restore(other.text, removals_for_text(other.text, both, "")) == "Other\n" + TEXT


def test_between_texts_that_became_equal_the_name_decides() -> None:
    longer = dedup.clean(TEXT + SAID, document="longer.txt")
    both = [*RESULT.ledger, *longer.ledger]
    assert longer.text == RESULT.text
    for result in (RESULT, longer):
        own = removals_for_text(result.text, both, result.document)
        assert (own, dedup.restore(result.text, own)) == (list(result.ledger), result.source)
    with pytest.raises(
        LedgerError,
        match=r"clean.txt matches several documents of the ledger .ferry.txt, longer.txt.; rename",
    ):
        removals_for_text(longer.text, both, "clean.txt")


def test_equal_documents_with_two_names_are_restored_once() -> None:
    twin = dedup.clean(TEXT, document="twin.txt")
    own = removals_for_text(RESULT.text, [*RESULT.ledger, *twin.ledger], "clean.txt")
    assert dedup.restore(RESULT.text, own) == TEXT


@pytest.mark.parametrize("text", [RESULT.text + " ", RESULT.text.upper(), "", TEXT])
def test_a_changed_text_is_refused(text: str) -> None:
    with pytest.raises(LedgerError, match=r"sub/ferry\.txt does not match the ledger"):
        removals_for_text(text, RESULT.ledger, "sub/ferry.txt")


def test_a_ledger_that_knows_no_such_text_has_nothing_for_it() -> None:
    other = dedup.clean("Other\n" + TEXT, document="other.txt").ledger
    for ledger in (other, ()):
        assert removals_for_text(RESULT.text, ledger, "ferry.txt", only_text=False) == []


def test_a_text_that_happens_to_equal_a_cleaned_one_is_left_alone() -> None:
    assert removals_for_text(RESULT.text, RESULT.ledger, "twin.txt", only_text=False) == []


@pytest.mark.parametrize("value", ["Infinity", "-Infinity", "1e999"])
def test_an_infinite_position_is_refused(path: Path, value: str) -> None:
    refusal(path, LINE.replace('"lines":[4', f'"lines":[{value}', 1))


@pytest.mark.parametrize("lines", [[4.5, 4.9], "44", [True, True], {"4": 1, "5": 2}], ids=str)
@pytest.mark.parametrize("name", ["lines", "witness_lines"])
def test_lines_of_another_type_are_refused(path: Path, name: str, lines: object) -> None:
    refusal(path, changed(**{name: lines}))


@pytest.mark.parametrize("fields", [{"document": None}, {"original": 5}, {"similarity": "1"}])
def test_a_value_of_another_type_is_refused(path: Path, fields: dict[str, object]) -> None:
    refusal(path, changed(**fields))


def test_a_span_within_a_character_is_refused() -> None:
    start = RESULT.text.encode().index("“".encode()) + 1
    entry = {**ENTRY, "bytes": [start, start + len(ENTRY["text"].encode())]}
    with pytest.raises(LedgerError):
        dedup.restore(RESULT.text, [Removal.from_json(json.dumps(entry))])


def test_a_document_that_is_in_the_ledger_twice_is_restored() -> None:
    own = removals_for_text(RESULT.text, [*RESULT.ledger, *RESULT.ledger], "ferry.txt")
    assert dedup.restore(RESULT.text, own) == TEXT
