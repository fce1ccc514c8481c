"""JSON that orjson refuses or changes: what no field needs is passed over, the rest is exact."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dedup import InputError, clean_dataset, read_ledger
from dedup.datasets.formats import unusual_json
from dedup.datasets.formats.json_values import dumps, is_json
from dedup.datasets.formats.unusual_json import UNREAD_VALUE, read_json
from dedup.ledger.record_removals import RecordRemoval

DEEP = "[" * 5000 + '{"text":"A B"}' + "]" * 5000
LONG = "9" * 5000
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)
OBJECTS = st.dictionaries(st.text(max_size=3), VALUES, max_size=4)
STORY = "The mayor promised a report on how it came to be that the ferry was late so often in May."


def levels(value: object) -> int:
    inner = value.values() if isinstance(value, dict) else value
    return (
        1 + max(map(levels, inner), default=0)
        if isinstance(inner, (list, type({}.values())))
        else 0
    )


@given(OBJECTS, st.integers(0, 60), st.sampled_from(["", *'a{}[],:"0\\']), st.booleans())
def test_the_values_of_objects_are_found_and_checked(
    value: dict[str, Any],
    place: int,
    added: str,
    replaces: bool,  # noqa: FBT001
) -> None:
    text = json.dumps(value, separators=(" , ", " : "))
    place %= len(text) + 1
    text = text[:place] + added + text[place + (replaces and bool(added)) :]
    try:
        expected = json.loads(text)
    except ValueError:
        expected = None
    try:
        shallow, unread = unusual_json._without_deep_values(text)  # noqa: SLF001
        found = json.loads(shallow)
    except ValueError:
        assert not isinstance(expected, dict)
    else:
        assert repr(found) == repr(expected)
        assert (shallow, unread) == (text, [])


@given(OBJECTS)
@example({"a": [[]], "b": {}, "c": [{"d": 1}]})
def test_only_deep_values_are_left_out(value: dict[str, Any]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(unusual_json, "MAX_NESTED_LEVELS", 1)
        shallow, unread = unusual_json._without_deep_values(json.dumps(value))  # noqa: SLF001
    deep = {name for name in value if levels(value[name]) > 1}
    assert {*unread} == deep
    expected = {name: None if name in deep else inner for name, inner in value.items()}
    assert repr(json.loads(shallow)) == repr(expected)


def test_long_numbers_and_deep_values() -> None:
    value = read_json(f'{{"a":{DEEP},"b":{LONG},"c":-{LONG},"a":1,"d":{DEEP},"e":{"1" * 4300}}}')
    numbers = Decimal(LONG), Decimal("-" + LONG)
    assert value == {
        "a": 1,
        "b": numbers[0],
        "c": numbers[1],
        "d": UNREAD_VALUE,
        "e": int("1" * 4300),
    }
    for wrong in (DEEP[:-1], f'{{"a":{DEEP[:-1]}}}', f'{{"a":{DEEP}}} x', f'{{"a":{DEEP} 1}}'):
        assert not is_json(wrong.encode())


@pytest.mark.usefixtures("either_core")
@pytest.mark.parametrize("ending", [".jsonl", ".json"])
def test_values_that_no_field_needs(tmp_path: Path, ending: str) -> None:
    news, out, ledger = tmp_path / f"news{ending}", tmp_path / f"out{ending}", tmp_path / "ledger"
    texts = [f"{STORY}\\n{STORY}\\n", "A B", STORY.upper(), "A C"]
    records = [
        f'{{"x":{value},"text":"{text}","y":[{LONG}]}}'
        for value, text in zip((DEEP, DEEP, LONG, 1), texts, strict=True)
    ]
    head, separator, tail = ("[", ",\n", "]") if ending == ".json" else ("", "\n", "\n")
    news.write_text(head + separator.join(records) + tail)
    clean_dataset([news], out, ledger=ledger)
    records[0] = records[0].replace(f"{STORY}\\n{STORY}\\n", f"{STORY}\\n")
    assert (
        out.read_text() == head + separator.join([records[number] for number in (0, 1, 3)]) + tail
    )


@pytest.mark.usefixtures("either_core")
@pytest.mark.parametrize("ending", [".jsonl", ".json"])
@pytest.mark.parametrize(
    ("record", "options", "reason"),
    [
        (
            f'{{"text":"A","id":{LONG}}}',
            {"id": "id"},
            "'id' is a number of 5,000 digits.*str",
        ),
        (f'{{"text":"A","id":{DEEP}}}', {"id": "id"}, "'id' belongs to .* 100 nested .* move it"),
        (f'{{"text":"A","id":[{LONG}]}}', {"id": "id"}, "'id' has too many .*; write it as a str"),
        (f'{{"x":{{"text":"A","y":{DEEP}}}}}', {"text": "x.text"}, "'x.text' belongs to a value"),
        (f'{{"text":{LONG}}}', {}, "field 'text' must be a string"),
        (f'{{"text":"A", "x":{DEEP},}}', {}, "is not JSON"),
    ],
)
def test_values_that_are_needed_but_cannot_be_read(
    tmp_path: Path, ending: str, record: str, options: dict[str, Any], reason: str
) -> None:
    news, out = tmp_path / f"news{ending}", tmp_path / f"out{ending}"
    good = '{"text":"B","id":1,"x":{"text":"B"}}'
    head, separator, tail = ("[", ",\n", "]") if ending == ".json" else ("", "\n", "\n")
    news.write_text(head + separator.join([good, record]) + tail)
    with pytest.raises(InputError, match=f"line 2.*{reason}"):
        clean_dataset([news], out, **options)


@pytest.mark.usefixtures("either_core")
@pytest.mark.parametrize(
    "record_id",
    ["123456789012345678901", "-123456789012345678901", "18446744073709551616", "9" * 4300,
     '{"a":[123456789012345678901]}', "0.5"],
)  # fmt: skip
@pytest.mark.parametrize("ending", [".jsonl", ".json"])
def test_ids_are_exact_in_annotations_and_ledgers(
    tmp_path: Path, record_id: str, ending: str
) -> None:
    news, out, ledger = tmp_path / f"news{ending}", tmp_path / f"out{ending}", tmp_path / "ledger"
    lines = [f'{{"text":"{STORY}","id":{record_id}}}', f'{{"text":"{STORY}","id":1}}']
    head, separator, tail = ("[", ",\n", "]") if ending == ".json" else ("", "\n", "\n")
    news.write_text(head + separator.join(lines) + tail)
    clean_dataset([news], out, id="id", ledger=ledger)
    (removal,) = read_ledger(ledger)
    assert isinstance(removal, RecordRemoval)
    assert removal.witness
    assert dumps(removal.witness.id).decode() == record_id
    assert f'"id":{record_id}}}' in ledger.read_text()
    clean_dataset([news], out, id="id", annotate=True)
    assert f'"dedup_witness":{record_id},' in out.read_text()
