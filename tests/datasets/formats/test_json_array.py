"""JSON arrays: kept elements keep their bytes, outputs are arrays, and inputs are restored."""

import gzip
import json
import os
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import dedup
from dedup import Config, InputError, audit_files, clean_dataset, restore_dataset
from dedup.datasets.formats.json_array import JsonArray, element_ends
from dedup.datasets.formats.json_values import JSON_WHITESPACE
from dedup.datasets.formats.jsonl import JsonLines
from dedup.datasets.formats.record_format import RecordFields
from dedup.files.location import Location
from dedup.files.source import Source
from tests.command_runner import Run, listing, workplace
from tests.text_folders import BODY, ONCE, STORY, TWICE, contents, fill

OBJECTS = [{"id": n, "text": t} for n, t in enumerate([STORY, TWICE, STORY.title(), "else", None])]
KEPT = [0, 1, 3, 4]
SUMMARY = (
    "kept 4 of 5 documents; removed 1 exact copy; removed 1 repeated paragraph from 1 "
    "document; kept 1 without text\n"
)


@pytest.fixture
def run(
    capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Run]:
    with workplace(tmp_path, monkeypatch):
        (tmp_path / "a.txt").unlink()
        yield Run(capsysbinary, monkeypatch)


def cleaned(objects: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        record | {"text": record["text"].replace(BODY + "\n", "", 1)}
        if record["text"] == TWICE
        else record
        for record in objects
    ]


# White space, escapes and values as nobody writes them, but JSON allows them.
SPACE = st.sampled_from([b"", b"", b" ", b"\n  ", b"\r\n\t", b"\n\n"])
TEXT = st.text(max_size=8) | st.sampled_from(['"', "\\", '\\"', "[{,}]", '"}, {"', "\ud800", "é"])


def written_string(text: str, style: int) -> bytes:
    """Write a string: as UTF-8, escaped, or all of it in escapes of upper case."""
    if style == 0:
        plain = json.dumps(text, ensure_ascii=False)
        return plain.encode("utf-8") if plain.isascii() or encodable(text) else dumped(text)
    if style == 1:
        return dumped(text).replace(b"/", b"\\/")
    units = text.encode("utf-16-be", "surrogatepass").hex().upper()
    return b'"%s"' % "".join(f"\\u{units[n : n + 4]}" for n in range(0, len(units), 4)).encode()


def encodable(text: str) -> bool:
    return not any("\ud800" <= char <= "\udfff" for char in text)


def dumped(text: str) -> bytes:
    return json.dumps(text).encode()


STRINGS = st.builds(written_string, TEXT, st.integers(0, 2))
NUMBERS = st.sampled_from(
    [b"0", b"-1.5e+300", b"12345678901234567890123", b"1E9", b"true", b"null"]
)
NESTED = st.integers(1, 200).map(lambda depth: b'{"a":[' * depth + b"]}" * depth)


def joined(parts: list[bytes], spaces: list[bytes], brackets: bytes) -> bytes:
    inner = b",".join(spaces[n % 3] + part + spaces[(n + 1) % 3] for n, part in enumerate(parts))
    return brackets[:1] + (inner or spaces[0]) + brackets[1:]


SPACES = st.lists(SPACE, min_size=3, max_size=3)
VALUES = st.recursive(
    STRINGS | NUMBERS | NESTED,
    lambda inner: st.builds(joined, st.lists(inner, max_size=3), SPACES, st.just(b"[]")),
    max_leaves=4,
)


def object_of(members: list[tuple[bytes, bytes]], spaces: list[bytes]) -> bytes:
    parts = [name + spaces[0] + b":" + spaces[1] + value for name, value in members]
    return joined(parts, spaces, b"{}")


NAMES = STRINGS | st.sampled_from([b'"a"', b'"te\\u0078"'])  # keys repeat
MEMBERS = st.lists(st.tuples(NAMES, VALUES), max_size=3)


def with_text(members: list[tuple[bytes, bytes]], text: str, spaces: list[bytes]) -> bytes:
    return object_of([*members, (b'"text"', written_string(text, len(members)))], spaces)


COPIES = st.sampled_from([STORY, STORY.upper(), "something else", TWICE, ""])
ELEMENTS = st.builds(with_text, MEMBERS, COPIES, SPACES)


@st.composite
def arrays(draw: st.DrawFn) -> tuple[bytes, list[bytes]]:
    elements = draw(st.lists(ELEMENTS, max_size=6))
    mark, before, behind = draw(st.sampled_from([b"", b"\xef\xbb\xbf"])), draw(SPACE), draw(SPACE)
    return mark + before + joined(elements, draw(SPACES), b"[]") + behind, elements


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(
    st.lists(arrays(), min_size=1, max_size=3),
    st.sampled_from([None, 1, 200]),
    st.sampled_from([5, 30, 1 << 21]),
    st.sampled_from(["one file", "folder"]),
    st.sampled_from(["", ".gz"]),
    st.booleans(),
)
def test_kept_elements_keep_their_bytes_and_the_inputs_come_back(  # noqa: PLR0913, PLR0917
    tmp_path_factory: pytest.TempPathFactory,
    inputs: list[tuple[bytes, list[bytes]]],
    shard_size: int | None,
    size: int,
    where: str,
    ending: str,
    some: bool,  # noqa: FBT001
) -> None:
    folder = tmp_path_factory.mktemp("arrays")
    sources = [folder / f"in{number}.json{ending}" for number in range(len(inputs))]
    for path, (data, _) in zip(sources, inputs, strict=True):
        path.write_bytes(gzip.compress(data) if ending else data)
    elements = [element for _, inner in inputs for element in inner]
    for place, element in enumerate(elements):  # of a text that repeats itself, once is left
        if json.loads(element)["text"] == TWICE:
            elements[place] = JsonLines(RecordFields()).with_texts(element, {"text": ONCE})
    texts = [json.loads(element)["text"] for element in elements]
    against = []
    if not some:  # nothing stays of what has a text
        against = [folder / "known.json"]
        known = [{"text": text} for text in (STORY, "something else", ONCE)]
        against[0].write_text(json.dumps(known))
        keep = np.array([not text for text in texts], np.bool_)
    else:
        keep = dedup.deduplicate(texts, Config(keep="first")).keep
    (folder / "out").mkdir()
    ledger = folder / "ledger"
    target = f"{folder}/out/" if where == "folder" else f"{folder}/out/one.json{ending}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dedup.datasets.formats.json_array.READ_BYTES", size)
        clean_dataset(
            sources,
            target,
            ledger=ledger,
            format="json",
            keep="first",
            against=against,
            shard_size=shard_size,
        )

    def content(path: Location) -> bytes:
        return gzip.decompress(path.read_bytes()) if ending else path.read_bytes()

    outputs = sorted((folder / "out").iterdir())
    kept = iter([element for element, stays in zip(elements, keep, strict=True) if stays])
    for path in outputs:
        data = content(path)
        position = data.index(b"[") + 1
        for value in json.loads(data.decode("utf-8-sig")):
            element = next(kept)
            assert json.loads(element) == value
            at = data.index(element, position)
            assert not data[position:at].strip(JSON_WHITESPACE + b",")
            position = at + len(element)
        assert data[position:].strip(JSON_WHITESPACE) == b"]"
    assert next(kept, None) is None
    back = f"{folder}/back.json{ending}" if len(sources) == 1 else f"{folder}/back/"
    restored = restore_dataset(ledger, outputs, back)
    assert [*map(content, restored)] == [data for data, _ in inputs]


@settings(max_examples=30)
@given(arrays(), st.integers(1, 9))
def test_the_scanner_finds_what_the_parser_finds(
    array: tuple[bytes, list[bytes]], size: int
) -> None:
    data, elements = array
    data = data[data.index(b"[") + 1 :]
    edges, closed = element_ends(data)
    assert closed
    pieces = [data[a + 1 : b].strip(JSON_WHITESPACE) for a, b in pairwise([-1, *edges])]
    assert pieces == (elements or [b""])
    assert not data[edges[-1] :].strip(JSON_WHITESPACE + b"]")
    for stop in range(0, edges[-1], max(size, edges[-1] // 50)):
        assert element_ends(data[:stop]) == ([edge for edge in edges if edge < stop], False)


@settings(max_examples=100)
@given(
    arrays(),
    st.sampled_from([*b'[]{}",:\\ \n\t\x0b\x0c\0\xff1aN']),
    st.integers(0, 999),
    st.integers(0, 2),
    st.sampled_from([7, 1 << 21]),
)
def test_no_broken_array_is_accepted(  # noqa: PLR0913, PLR0917
    tmp_path_factory: pytest.TempPathFactory,
    array: tuple[bytes, list[bytes]],
    byte: int,
    place: int,
    removed: int,
    size: int,
) -> None:
    data, _ = array
    place %= len(data) + 1
    data = data[:place] + bytes([byte]) + data[place + removed :]
    path = tmp_path_factory.getbasetemp() / "mutilated.json"
    path.write_bytes(data)
    with pytest.MonkeyPatch.context() as patch, Source(path) as source:
        patch.setattr("dedup.datasets.formats.json_array.READ_BYTES", size)
        try:
            batches = [read() for read in JsonArray(RecordFields(id="id")).batches(source)]
        except InputError:
            return
    if not any(batch.bad for batch in batches):
        assert sum(map(len, batches)) == len(json.loads(data.decode("utf-8-sig")))


def test_an_id_by_path(tmp_path: Path) -> None:
    path = tmp_path / "news.json"
    path.write_text(json.dumps([{"text": "a", "m": {"id": "x"}}, {"text": "b", "m": {"id": 7}}]))
    with Source(path) as source:
        (batch,) = [read() for read in JsonArray(RecordFields(id="m.id")).batches(source)]
    assert batch.ids == ["x", 7]


FORMS = {
    "compact": json.dumps(OBJECTS, separators=(",", ":")),
    "plain": json.dumps(OBJECTS),
    "indented": json.dumps(OBJECTS, indent=2) + "\n",
    "with a mark": "\ufeff" + json.dumps(OBJECTS, indent="\t", ensure_ascii=False),
}


@pytest.mark.parametrize("name", ["a.json", "a.json.gz", "a.jsonl", "a.txt", "dump", "-"])
@pytest.mark.parametrize("form", FORMS)
def test_arrays_are_records_whatever_their_name(
    run: Run, tmp_path: Path, name: str, form: str
) -> None:
    data = FORMS[form].encode()
    stored = gzip.compress(data) if name.endswith(".gz") else data
    (tmp_path / name).write_bytes(stored)
    told = f"{name}: read as a JSON array (records)\n" if name in ("a.jsonl", "a.txt") else ""
    outcome = run(name, stdin=data)
    assert outcome == (0, outcome.out, told + SUMMARY)
    expected = [record for record in cleaned(OBJECTS) if record["id"] in KEPT]
    assert json.loads(outcome.out.decode("utf-8-sig")) == expected
    rest = data.replace(json.dumps(TWICE).encode(), json.dumps(f"Headline\n{BODY}\n").encode())
    begin, end = rest.index(b'"id"', rest.index(b'"else"') - 40) - 20, rest.index(b'"else"')
    assert rest[begin:end].rpartition(b"{")[2] in outcome.out
    assert outcome.out.startswith(data[: data.index(b'"')])
    assert outcome.out.endswith(data[data.rindex(b"null") :])


def test_standard_input_may_be_compressed(run: Run) -> None:
    data = FORMS["indented"].encode()
    assert json.loads(run("--format", "json", stdin=gzip.compress(data)).out)[0] == OBJECTS[0]


@pytest.mark.parametrize(
    ("goes", "left"),
    [
        ((0,), b'[\n  {"text":"b"},\n  {"text":"c"}\n]\n'),
        ((0, 1), b'[\n  {"text":"c"}\n]\n'),
        ((1,), b'[\n  {"text":"a"},\n  {"text":"c"}\n]\n'),
        ((2,), b'[\n  {"text":"a"},\n  {"text":"b"}\n]\n'),
        ((0, 1, 2), b"[\n]\n"),
        ((), b'[\n  {"text":"a"},\n  {"text":"b"},\n  {"text":"c"}\n]\n'),
    ],
)
def test_the_output_is_an_array(run: Run, goes: tuple[int, ...], left: bytes) -> None:
    Path("a.json").write_bytes(b'[\n  {"text":"a"},\n  {"text":"b"},\n  {"text":"c"}\n]\n')
    known = [{"text": "abc"[row]} for row in goes] or [{"text": "x"}]
    Path("known.json").write_text(json.dumps(known))
    outcome = run("a.json", "--against", "known.json", "-q", "--ledger", "led", "-i")
    assert outcome == (0, b"", "")
    assert Path("a.json").read_bytes() == left
    assert run("restore", "led", "-q", "-i", "a.json", "--backup-suffix", "") == (0, b"", "")
    assert Path("a.json").read_bytes() == Path("a.json.bak").read_bytes()


def test_several_arrays_go_into_one(run: Run) -> None:
    Path("a.json").write_text('[{"text": "a"}, {"text": "b"}]')
    Path("b.json").write_text('[\n  {"text": "c"},\n  {"text": "a"}\n]\n')
    Path("c.json").write_text("[]")
    assert run("c.json", "a.json", "b.json", "-q").out == (
        b'[{"text": "a"}, {"text": "b"},\n  {"text": "c"}\n]\n'
    )


def test_arrays_support_the_options_of_json_lines(run: Run) -> None:
    data = FORMS["indented"].encode()
    Path("a.json").write_bytes(data)
    Path("lines.jsonl").write_text("".join(json.dumps(record) + "\n" for record in OBJECTS))
    for flags in (
        ("--id-key", "id", "--keep", "max:id"),
        ("--annotate", "--id-key", "id"),
        ("--blocks", "--min-df", "2"),
        ("--spans", "--min-span", "5"),
        ("--text-key", "text", "--text-key", "id.x", "--no-across"),
    ):
        array, lines = run("a.json", *flags), run("lines.jsonl", *flags)
        assert array.code == lines.code == 0
        assert json.loads(array.out) == [*map(json.loads, lines.out.splitlines())]
        assert array.err == lines.err
    index = ("--index", "seen.db", "--id-key", "id")
    assert json.loads(run("a.json", *index).out)[0] == OBJECTS[0]
    Path("b.json").write_text(json.dumps([OBJECTS[0] | {"id": 9}]))
    assert run("b.json", *index).out == b"[]"
    assert audit_files("a.json").exact == 1
    assert run("a.json", "-o", "b.jsonl").is_error(
        "format of the input, a JSON array, not JSON Lines"
    )


def test_records_that_cannot_be_read(run: Run) -> None:
    lines = ['{"id": 7, "text": "a"}', '{"id": 8, "text": 3}', "null", '{"text":\n []}', "{}"]
    Path("a.json").write_text("[\n" + ",\n".join(lines) + "\n]\n")
    assert run("a.json", "--id-key", "id").is_error(
        "a.json: line 3, id 8 (byte 26): field 'text' must be a string, got int; fix the record"
    )
    aside = ("--on-error", "quarantine", "--quarantine", "bad.json", "--ledger", "led")
    assert run("a.json", *aside, "-o", "out.json").code == 0
    assert Path("out.json").read_text() == '[\n{"id": 7, "text": "a"},\n{}\n]\n'
    assert Path("bad.json").read_text() == "[\n" + ",\n".join(lines[1:4]) + "\n]\n"
    assert run("restore", "led", "out.json").out == Path("a.json").read_bytes()
    assert run("a.json", "--on-error", "skip", "-q").out == Path("out.json").read_bytes()
    Path("a.json").write_text('[{},\n{"text":\n "\t"}]')
    assert run("a.json", "--on-error", "skip").is_error("a.json: line 3 (byte 5) is not JSON")


BROKEN = [
    (
        '[{"text": "a"}, {"text": "b"}',
        "line 1 (byte 29): the file is cut off inside",
    ),
    (
        '[\n{"text": "a"},\n{"text": "b',
        "line 3 (byte 28): the file is cut off inside",
    ),
    ('[{"text": "a"},\n]', 'line 2 (byte 16): empty element before "]"; remove'),
    ('[{"text": "a"},,{}]', 'line 1 (byte 15): empty element before ","; remove'),
    (
        '[{"text": "a"}]\n[{}]',
        "line 2 (byte 16): expected nothing after the JSON array, got '[",
    ),
    ('[{"text": "a"}}', "line 1 (byte 14): expected ], which closes the JSON array, got '}'"),
    ('[{"text": "a"}\n{"text": "b"}]', "line 2 (byte 1) is not JSON"),
    ('[{"text": ["a"}]', "(byte"),
    ('["a", "b",]', "is not valid JSON"),
    ('["a", "b"', "is not valid JSON"),
    ("[{},\x0b,{}]", 'line 1 (byte 5): empty element before ","; remove'),
    ('[{"text": "a"', "the file is cut off"),
    ("[", "is not valid JSON"),
    ("['a', 'b']", "is not valid JSON"),
    ("{'a': 1}", "is not valid JSON"),
    ('{\n "a": 1,\n}', "is not valid JSON"),
    ("[ // a comment\n 1]", "is not valid JSON"),
]


@pytest.mark.parametrize(("content", "said"), BROKEN)
@pytest.mark.parametrize("given", [(), ("--on-error", "skip"), ("-i",)])
def test_a_broken_array_is_an_error(
    run: Run, tmp_path: Path, content: str, said: str, given: tuple[str, ...]
) -> None:
    Path("a.json").write_text(content)
    before = listing(tmp_path)
    assert run("a.json", *given).is_error("a.json: ", said)
    assert listing(tmp_path) == before


@pytest.mark.parametrize(
    ("content", "held"),
    [
        ('{\n  "text": "a"\n}\n', "JSON, but not one object on each line"),
        ('{"text": "a"} {"text": "b"}\n', "JSON, but not one object on each line"),
        ('{\n "text": "a"\n}\n{\n "text": "b"\n}\n', "JSON, but not one object on each line"),
        ('["a", {"text": "b"}]', "a JSON array of other values"),
        ("[1, 2]", "a JSON array of other values"),
        ('[[{"text": "a"}]]', "a JSON array of other values"),
        ("[null]", "a JSON array of other values"),
        ('"a. a."', "a JSON string"),
    ],
)
def test_json_without_records_is_refused(run: Run, tmp_path: Path, content: str, held: str) -> None:
    fill(tmp_path / "f", {"a.json": content.encode(), "b.json": b"[{}]"})
    before = contents(tmp_path)
    said = f"f/a.json has no records: it is {held}; records are objects in one array"
    for flags in ((), ("-i",), ("--dry-run",)):
        assert run("f/a.json", *flags).is_error(said)
    for form in ("json", "jsonl"):
        assert run("f/a.json", "--format", form).is_error("f/a.json")
    if not content.startswith('"'):
        (tmp_path / "a.jsonl").write_text(content)
        assert run("a.jsonl", "--on-error", "skip").is_error(
            f"a.jsonl has no records: it is {held}"
        )
        (tmp_path / "a.jsonl").unlink()
    assert run("f", "-o", "out").is_error(said)
    assert run("f/b.json", "--against", "f/a.json").is_error(said)
    assert run("audit", "f/a.json").is_error(said)
    assert contents(tmp_path) == before
    assert run("f/a.json", "--format", "text").out == content.encode()


@pytest.mark.parametrize("name", ["a.jsonl", "a.json"])
def test_broken_first_lines_are_bad_records(run: Run, name: str) -> None:
    Path(name).write_text('{oops\n{"text": "a"}\n')
    assert run(name).is_error(f"{name}: line 1 (byte 0) is not JSON", "--on-error skip")
    assert run(name, "--on-error", "skip", "-q").out == b'{"text": "a"}\n'


def test_the_named_format_must_be_that_of_the_content(run: Run) -> None:
    Path("a.json").write_text("[{}]")
    Path("b.json").write_text('{"text": "a"}\n{"text": "A"}\n')
    assert run("a.json", "--format", "jsonl").is_error(
        "a JSON array, not JSON Lines; choose --format json\n"
    )
    assert run("b.json", "--format", "json").is_error(
        "is JSON Lines, not a JSON array; choose --format jsonl"
    )
    assert run("-", "--format", "json", stdin=b"a").is_error("standard input is not a JSON array")
    packed = gzip.compress(b'[{"text": "a"}]')
    assert run("-", stdin=packed).is_error("a JSON array, not JSON Lines; choose --format json\n")
    assert run("-", "--format", "json", "-q", stdin=packed).out == b'[{"text": "a"}]'
    assert run("b.json", "-q").out == b'{"text": "a"}\n'
    assert run("a.json", "b.json").is_error("different formats, json (a.json), jsonl (b.json)")


def test_an_empty_array_is_a_file_without_records(run: Run) -> None:
    for content in ("[]", "[\n \n]\n", " [ ] "):
        Path("a.json").write_text(content)
        assert run("a.json") == (0, content.encode(), "kept 0 of 0 documents\n")


def test_folders(run: Run, tmp_path: Path) -> None:
    data = FORMS["indented"].encode()
    other = b'[{"text": "news"}]'
    fill(tmp_path / "f", {"a.json": data, "b/c.json": other, "b/d.json": data})
    assert run("f", "-o", "out/", "-q", "--ledger", "led").code == 0
    found = contents(tmp_path / "out")
    assert json.loads(found["a.json"]) == [cleaned(OBJECTS)[row] for row in KEPT]
    assert found["b/c.json"] == other
    assert json.loads(found["b/d.json"]) == [OBJECTS[4]]
    assert run("restore", "led", "out", "-o", "back/", "-q").code == 0
    assert contents(tmp_path / "back") == contents(tmp_path / "f")
    fill(tmp_path / "f", {"note.txt": b"A note."})
    assert run("f", "-o", "out2").is_error("different formats, json (f/a.json), text (f/note.txt)")


def test_records_in_files_that_are_called_texts(run: Run, tmp_path: Path) -> None:
    lines = "".join(json.dumps(record) + "\n" for record in OBJECTS).encode()
    fill(tmp_path / "f", {"a.txt": lines, "b.txt": lines})
    outcome = run("f", "-o", "out")
    assert run("audit", "f").err == "f/a.txt and 1 more: read as JSON Lines (records)\n"
    assert outcome.err.startswith("f/a.txt and 1 more: read as JSON Lines (records)\nkept 5 of 10")
    fill(tmp_path / "g", {"a.txt": lines, "b.txt": b"Prose."})
    assert run("g", "-o", "out2").is_error("jsonl (g/a.txt), text (g/b.txt)", "--format")
    assert run("g", "-o", "out2", "--format", "text", "-q").code == 0


def test_records_in_a_named_pipe_are_refused(run: Run) -> None:
    for content in (FORMS["indented"], '{"text": "a"}\n'):
        for flags, said in (
            ((), "cannot be read from a named pipe"),
            (("--format", "text"), ""),
        ):
            reading, writing = os.pipe()
            os.write(writing, content.encode())
            os.close(writing)
            outcome = run(f"/dev/fd/{reading}", *flags)
            os.close(reading)
            assert outcome.is_error(said) if said else outcome.code == 0


def test_an_array_is_read_in_bounded_pieces(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps([{"text": f"word {n} " * 200} for n in range(5000)]))
    with Source(path) as source:
        parts = [read() for read in JsonArray(RecordFields()).batches(source)]
    ends = [0, *(int(part.ends[-1]) for part in parts)]
    sizes = np.diff(ends).tolist()
    assert len(sizes) > 3
    assert max(sizes) < 1 << 22


def test_the_library_raises_clear_errors(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('[{"body": "a"}]')
    with pytest.raises(InputError, match=r'no field "text" \(found: body\); choose one with'):
        clean_dataset([path], tmp_path / "b.json")
