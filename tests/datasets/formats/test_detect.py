"""Detection of the format: JSON with records, JSON without records, or text."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup import InputError
from dedup.datasets.formats.detect import DETECTION_BYTES, Format, json_format

PROSE = [
    "[Editor's note] The ferry was late.",
    "[1] Smith, J. (2020). [2] Jones.",
    "[1]\n",
    '["I do not know", she said.]',
    '["I do not know what to say',
    '{"I do not know", she said.}',
    "{name}, the ferry was late.",
    "[[Category:Ferries]]",
    "[{name}] was late.",
    "-- 1 --",
    "",
    "  \n",
]
PROSE_IN_TEXT_FILES = [
    '{"id": 1}\n\nThis is an example of a record.',
    '{"id": 1}\nThis is an example of a record.\n{"id": 2}\n',
    "[]",
    "[1, 2]",
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)
OBJECTS = st.lists(st.dictionaries(st.text(max_size=4), JSON), min_size=1, max_size=3)


@pytest.mark.parametrize("text", PROSE + PROSE_IN_TEXT_FILES)
@pytest.mark.parametrize("long", [False, True])
def test_prose_is_detected_as_text(text: str, long: bool) -> None:  # noqa: FBT001
    data = (text + "\nThe ferry was late again." * 4000 if long else text).encode()
    if text in PROSE:
        assert json_format(data[:DETECTION_BYTES], "a", whole=not long) is None
    assert json_format(data[:DETECTION_BYTES], "a", whole=not long, named="text") is None


@given(
    OBJECTS,
    st.sampled_from([None, 0, 3]),
    st.booleans(),
    st.sampled_from(["json", "jsonl", "text", None]),
)
def test_records_are_detected(
    records: list[object],
    indent: int | None,
    ascii_only: bool,  # noqa: FBT001
    named: Format | None,
) -> None:
    array = json.dumps(records, indent=indent, ensure_ascii=ascii_only).encode(errors="replace")
    lines = b"".join(json.dumps(record).encode() + b"\r\n" for record in records)
    for mark in (b"", b"\xef\xbb\xbf\n"):
        for data, form in ((array, "json"), (lines, "jsonl")):
            assert json_format(mark + data, "a", whole=True, named=named) == form
            assert json_format(mark + data, "a", whole=False, named=named) == form


@given(JSON.filter(lambda value: isinstance(value, (dict, list, str))))
def test_json_that_is_called_json_is_never_text(value: object) -> None:
    data = json.dumps(value, indent=1).encode()
    with suppress(InputError):
        assert json_format(data, "a", whole=True, named="json") in ("json", "jsonl")


@pytest.mark.parametrize("named", [None, "text"])
def test_records_are_found_wherever_their_beginning_is_cut_off(named: Format | None) -> None:
    record = {"a\\n": [True, False, None, -1.5, float("nan"), float("-inf")], "é": "\u0001\\"}
    lines = (json.dumps(record) + "\n").encode() * 2
    for stop in range(len(lines) // 2, len(lines)):
        assert json_format(lines[:stop], "a", whole=False, named=named) == "jsonl"
    indented = json.dumps(record, indent=1).encode()
    for stop in range(5, len(indented)):
        with pytest.raises(InputError, match="it is JSON, but not one object on each line"):
            json_format(indented[:stop], "a", whole=False, named=named)


def test_what_a_pipe_gives_first() -> None:
    for head in (b"[", b"[\n", b"[\n {", b"\n["):
        assert json_format(head, "a", whole=False) == "json"
    assert json_format(b'{"text": "a', "a", whole=False) == "jsonl"
    assert json_format(b"[Ed", "a", whole=False) is None


def test_utf_16_is_refused() -> None:
    for text in ('[{"text": "a"}]', '{"text": "a"}\n'):
        with pytest.raises(InputError, match="is JSON in another encoding than UTF-8; convert it"):
            json_format(text.encode("utf-16"), "a", whole=True)
    assert json_format("[Editor]".encode("utf-16"), "a", whole=True) is None
