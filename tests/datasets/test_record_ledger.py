"""The ledger of records: each entry is cut from the input again, and all of them restore it."""

import csv
import io
import json
import random
import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import dedup
from dedup import Config, Ledger, RecordRemoval, Span, clean_dataset, read_ledger, restore_dataset
from dedup.arrays.memory import can_limit
from dedup.datasets.formats.json_values import ELEMENT_SEPARATOR
from dedup.errors import LedgerError, TextTypeError
from dedup.ledger.ledger_lines import read_entries
from tests.warc_records import warc_record
from tests.without_core import leave_out_core

MAX_ENTRY_BYTES = 300  # besides the removed text and the ids
USUAL_PATCH_BYTES = 64  # if only the removed parts differ
FIELDS = ("title", "text")
LETTERS = {
    "latin": "abc é",
    "marks": 'a/"\\\t',
    "cyrillic": "абв",
    "emoji": "a😀b",
    "control": "a\x7f\x01",
}


@dataclass(frozen=True)
class Format:
    """How records are written, and read again without the package."""

    ending: str
    write: Callable[[list[dict[str, str]]], bytes]
    read: Callable[[bytes], list[dict[str, str]]]
    options: dict[str, Any]


def json_writer(*, lines: bool, dumps: Callable[[Any], str]) -> Callable[[Any], bytes]:
    def write(records: list[dict[str, str]]) -> bytes:
        elements = [dumps(record) for record in records]
        text = "".join(f"{one}\n" for one in elements)
        return (text if lines else f"[\n  {(',' + chr(10) + '  ').join(elements)}\n]\n").encode()

    return write


def slashes(value: object) -> str:
    """Return JSON with the escapes of PHP and .NET, which ``json`` does not write."""
    return re.sub(
        r"[/'\u0080-\uffff]",
        lambda found: rf"\u{ord(found[0]):04X}",
        json.dumps(value, ensure_ascii=False),
    ).replace("\\u002F", "\\/")


def write_csv(records: list[dict[str, str]], encoding: str, quoting: Literal[0, 1] = 0) -> bytes:
    file = io.StringIO()
    writer = csv.DictWriter(file, ["id", *FIELDS], lineterminator="\n", quoting=quoting)
    writer.writeheader()
    writer.writerows(records)
    return file.getvalue().encode(encoding)


def read_csv(data: bytes, encoding: str = "utf-8") -> list[dict[str, str]]:
    return [*csv.DictReader(io.StringIO(data.decode(encoding), newline=""))]


def write_warc(records: list[dict[str, str]]) -> bytes:
    return b"".join(
        warc_record(record["text"], WARC_Block_Digest="sha1:AB", WARC_Record_ID=record["id"])
        for record in records
    )


def read_warc(data: bytes) -> list[dict[str, str]]:
    parts = re.split(rb"(?:\r\n\r\n)?WARC/1.0\r\n", data)[1:]
    return [
        {"text": part.split(b"\r\n\r\n", 1)[1].removesuffix(b"\r\n\r\n").decode()} for part in parts
    ]


def read_lines(data: bytes) -> list[dict[str, str]]:
    return [json.loads(line) for line in data.splitlines()]


NOT_ASCII = partial(json.dumps, ensure_ascii=False)
JSON_LINES = partial(json_writer, lines=True)
FORMATS = {
    "JSON lines": Format(".jsonl", JSON_LINES(dumps=json.dumps), read_lines, {}),
    "UTF-8 lines": Format(".jsonl", JSON_LINES(dumps=NOT_ASCII), read_lines, {}),
    "odd escapes": Format(".jsonl", JSON_LINES(dumps=slashes), read_lines, {}),
    "array": Format(".json", json_writer(lines=False, dumps=NOT_ASCII), json.loads, {}),
    "CSV": Format(".csv", partial(write_csv, encoding="utf-8"), read_csv, {}),
    "quoted CSV": Format(
        ".csv",
        partial(write_csv, encoding="cp1251", quoting=csv.QUOTE_ALL),
        partial(read_csv, encoding="cp1251"),
        {"encoding": "cp1251"},
    ),
    "WARC": Format(".warc", write_warc, read_warc, {"text": "text"}),
}


@st.composite
def corpora(draw: st.DrawFn, letters: str) -> list[dict[str, str]]:
    """Draw records whose lines recur within texts and across them, some with a changed word."""
    rng = random.Random(draw(st.integers(0, 1 << 30)))
    words = ["".join(rng.choices(letters, k=rng.randint(1, 6))) for _ in range(60)]
    words = [f"w{number}{word.strip()}" for number, word in enumerate(words)]
    lines = [" ".join(rng.choices(words, k=rng.randint(3, 14))) for _ in range(8)]
    records = []
    for number in range(draw(st.integers(1, 9))):
        own = [" ".join(rng.choices(words, k=12)) for _ in range(rng.randint(0, 3))]
        chosen = rng.choices(lines, k=rng.randint(0, 5)) + own * rng.randint(1, 2)
        rng.shuffle(chosen)
        chosen = [line.replace(" ", " new ", rng.random() < 0.2) for line in chosen]
        end = rng.choice(["\n", "\n\n", "\r\n", ". ", " "])
        text = end.join(chosen) + rng.choice(["", end])
        title = rng.choice([lines[0], text, ""])
        records.append({"id": f"r{number}", "title": title, "text": text})
        if rng.random() < 0.2:
            records.append({**rng.choice(records), "id": f"copy{number}"})
    return records


OPTIONS: list[dict[str, Any]] = [
    {},
    {"text": FIELDS},
    {"across": False},
    {"blocks": True, "min_df": 2},
    {"blocks": True, "min_df": 2, "boilerplate": "all", "within": False},
    {"spans": True, "min_span": 8},
    {"spans": True, "min_span": 6, "blocks": True, "min_df": 3},
]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from([*FORMATS]),
    inputs=st.sampled_from([*LETTERS.values()]).flatmap(
        lambda letters: st.lists(corpora(letters), min_size=1, max_size=3)
    ),
    options=st.sampled_from(OPTIONS),
    more=st.sampled_from([{}, {"threads": 1}, {"shard_size": 300}, {"id": "id"}, {"keep": "last"}]),
    against=st.booleans(),
    joined=st.booleans(),
)
def test_entries_are_what_was_cut_out_and_restore_the_inputs(  # noqa: PLR0913
    tmp_path_factory: pytest.TempPathFactory,
    name: str,
    inputs: list[list[dict[str, str]]],
    options: dict[str, Any],
    more: dict[str, Any],
    *,
    against: bool,
    joined: bool,
) -> None:
    folder, form = tmp_path_factory.mktemp("ledger"), FORMATS[name]
    if name == "WARC":
        more = more if "id" not in more else {"id": "WARC-Record-ID"}
    if name == "quoted CSV":
        inputs = json.loads(NOT_ASCII(inputs).replace("é", "e").replace("😀", "e"))
    paths = [folder / f"in{number}{form.ending}" for number in range(len(inputs))]
    data = [form.write(records) for records in inputs]
    for path, content in zip(paths, data, strict=True):
        path.write_bytes(content)
    references = paths[-1:] if against and len(paths) > 1 else []
    paths = paths[: len(paths) - len(references)]
    (folder / "out").mkdir()
    target = f"{folder}/out/all{form.ending}" if joined else f"{folder}/out/"
    clean_dataset(
        paths,
        target,
        Config(min_tokens=5),
        ledger=folder / "ledger.zst",
        against=references,
        **options | more | form.options,
    )
    ledger, outputs = read_ledger(folder / "ledger.zst"), sorted((folder / "out").iterdir())
    back = f"{folder}/back{form.ending}" if len(paths) == 1 else f"{folder}/back/"
    restored = restore_dataset(folder / "ledger.zst", outputs, back)
    assert [path.read_bytes() for path in restored] == data[: len(paths)]
    left = [record for path in outputs for record in form.read(path.read_bytes())]
    check_entries(ledger, data, [form.read(content) for content in data], left)
    check_size(folder / "ledger.zst", ledger)


@pytest.mark.skipif(not can_limit(), reason="needs Linux")
@pytest.mark.parametrize("options", OPTIONS[1:])
def test_nothing_depends_on_threads_memory_or_the_core(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: dict[str, Any]
) -> None:
    rng = random.Random(5)
    lines = [" ".join(f"w{rng.randrange(90)}" for _ in range(14)) for _ in range(30)]
    texts = ["\n".join(rng.choices(lines, k=rng.randint(2, 9))) for _ in range(60)]
    records = [
        {"id": str(row), "title": lines[row % 30], "text": one} for row, one in enumerate(texts)
    ]
    (tmp_path / "in.jsonl").write_bytes(FORMATS["JSON lines"].write(records))

    def ledger_of(name: str, **more: Any) -> bytes:  # noqa: ANN401
        (tmp_path / "out.jsonl").unlink(missing_ok=True)
        clean_dataset(
            tmp_path / "in.jsonl",
            tmp_path / "out.jsonl",
            Config(min_tokens=5),
            ledger=tmp_path / name,
            **options | more,
        )
        return (tmp_path / name).read_bytes()

    plain = ledger_of("plain")
    with monkeypatch.context() as patch:
        patch.setattr("dedup.datasets.formats.jsonl.READ_BYTES", 900)
        assert ledger_of("segments", threads=3) == plain
    with monkeypatch.context() as patch:
        leave_out_core(patch)
        assert ledger_of("without core", threads=2) == plain
    monkeypatch.setattr("dedup.arrays.long_arrays.BATCH_ITEMS", 9)
    monkeypatch.setattr("dedup.arrays.memory.MAX_RAM_ARRAY_BYTES", 0)
    monkeypatch.setattr("dedup.arrays.memory.ARRAYS_SHARE", 0)
    monkeypatch.setattr("dedup.arrays.memory.TABLES_SHARE", 0)
    monkeypatch.setattr("dedup.arrays.memory.RELEASE_SHARE", 0.001)
    assert ledger_of("limited", memory=300_000_000, threads=1) == plain


def check_entries(
    ledger: Ledger,
    data: list[bytes],
    inputs: list[list[dict[str, str]]],
    left: list[dict[str, str]],
) -> None:
    """Cut each entry from the inputs again; without them the inputs are the outputs."""
    assert [one.records for one in ledger.inputs] == [*map(len, inputs)]
    removed, parts = dict[tuple[int, int], RecordRemoval](), defaultdict[Any, list[Any]](list)
    for entry in ledger:
        assert isinstance(entry, RecordRemoval)
        place, record = (entry.input, entry.record), inputs[entry.input][entry.record - 1]
        assert entry.id in (None, record.get("id"), entry.id if "id" not in record else None)
        if entry.field is None:
            assert data[entry.input][slice(*entry.bytes)] == entry.raw
            removed[place] = entry
        else:
            parts[*place, entry.field].append(entry)
    for entry in removed.values():
        before = data[entry.input][: entry.bytes.start]
        content = entry.raw.lstrip(ELEMENT_SEPARATOR)
        first = before.count(b"\n") + entry.raw.count(b"\n") - content.count(b"\n") + 1
        assert entry.lines == (first, first + content.rstrip().count(b"\n"))
        witness = entry.witness
        assert witness is not None
        assert (witness.bytes, witness.lines) == (None, None)
        assert (witness.input, witness.record) not in removed  # W2
        assert inputs[witness.input or 0][(witness.record or 0) - 1]
        assert entry.option == "across"
        assert (entry.kind == "exact") <= (entry.similarity == 1)
    expected = []
    inputs_to_write = [one for one in ledger.inputs if not one.is_reference]
    for number, _ in enumerate(inputs_to_write):
        for row, record in enumerate(inputs[number], start=1):
            if (number, row) not in removed:
                texts = {
                    field: without_parts(text, parts.pop((number, row, field), []), inputs)
                    for field, text in record.items()
                }
                expected.append(texts)
    assert not parts  # of references and removed records
    assert left == expected


def without_parts(
    text: str, parts: Sequence[RecordRemoval], inputs: list[list[dict[str, str]]]
) -> str:
    """Check the parts that a text lost, and return the rest."""
    utf8, rest, reached = text.encode(), b"", 0
    for part in parts:
        witness = part.witness
        assert witness is not None
        assert witness.input is not None
        assert witness.record is not None
        assert witness.bytes is not None
        assert reached <= part.bytes.start < part.bytes.stop
        assert utf8[slice(*part.bytes)] == part.text.encode()
        assert part.lines == lines_of(utf8, part.bytes)
        source = inputs[witness.input][witness.record - 1][part.field or ""].encode()
        assert 0 <= witness.bytes.start < witness.bytes.stop <= len(source)
        assert witness.lines == lines_of(source, witness.bytes)
        copied = source[slice(*witness.bytes)].decode()
        assert 0 < (part.similarity or 0) <= 1
        if part.option == "spans":  # it may be a piece, and its witness go around removed parts
            left = iter(tokens(copied))
            assert all(token in left for token in tokens(part.text)[1:-1])
        elif part.kind == "exact":
            assert tokens(copied) == tokens(part.text)
        rest += utf8[reached : part.bytes.start]
        reached = part.bytes.stop
    return (rest + utf8[reached:]).decode()


def tokens(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def lines_of(utf8: bytes, span: Span) -> tuple[int, int]:
    """Return the lines of the first and last character of a part that is not white space."""
    part = utf8[slice(*span)].decode()
    start = span.start + len(part) - len(part.lstrip())
    stop = span.start + len(part.rstrip().encode())
    if start >= stop:
        start = stop = span.start
    breaks = [found.end() for found in re.finditer(rb"\r\n|\n|\r", utf8)]
    line = [1 + sum(end <= place for end in breaks) for place in (start, max(stop - 1, start))]
    return line[0], line[1]


def check_size(path: Path, ledger: Ledger) -> None:
    """Check that a ledger has the removed text, its ids, and at most 300 bytes an entry.

    A patch may be longer than usual: then other bytes of the record had changed, too. Where shards
    or joined inputs have other separators, the ledger has a line for each.
    """
    size, more = 0, 0
    for line in read_entries(path):
        if not line.keys() & {"inputs", "outputs"}:
            is_separator = "written" in line and "patch" not in line
            size += 0 if is_separator else len(as_json(line))
            more += max(len(line.get("patch", "")) - USUAL_PATCH_BYTES, 0)
    for entry in ledger:
        assert isinstance(entry, RecordRemoval)
        more += len(as_json(entry.text)) + len(
            as_json([entry.id, entry.witness and entry.witness.id])
        )
    assert size <= more + MAX_ENTRY_BYTES * len(ledger)


def as_json(value: object) -> bytes:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "surrogatepass")


SAID = "The ferry was late again, and nobody on the pier could say why it was so late."
ASKED = "Asked about the rope, the harbour master said that it had last been seen in spring."


@pytest.fixture
def news(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Clean news.jsonl into clean.jsonl, with a ledger; return its lines."""
    monkeypatch.chdir(tmp_path)
    texts = [f"{SAID}\n{ASKED}\n\n{SAID}\n", f"{ASKED} And no more.", SAID, 7]
    lines = [
        f"{slashes({'id': f'r/{n}', 'text': text})}\n".encode() for n, text in enumerate(texts)
    ]
    Path("news.jsonl").write_bytes(b"".join(lines))
    Path("known.jsonl").write_bytes(lines[1])
    clean_dataset(
        "news.jsonl",
        "clean.jsonl",
        Config(min_tokens=6, threshold=0.75),
        id="id",
        ledger="ledger",
        against="known.jsonl",
        keep="first",
        on_error="skip",
    )
    return lines


def test_the_lines_of_a_ledger(news: list[bytes]) -> None:
    head, *lines, last = map(json.loads, Path("ledger").read_bytes().splitlines())
    assert [*head] == ["ledger", "version", "encoding", "inputs", "references"]
    assert head["references"] == [{"path": "known.jsonl", "records": 1}]
    assert [file["path"] for file in last["outputs"]] == ["clean.jsonl"]
    assert len(lines[1].pop("patch")) < USUAL_PATCH_BYTES
    ends = [len(b"".join(news[:count])) for count in range(5)]
    part: dict[str, Any] = {
        "option": "within",
        "kind": "exact",
        "field": "text",
        "bytes": [164, 243],
    }
    part |= {"lines": [4, 4], "similarity": 1.0, "text": f"{SAID}\n"}
    size = Path("clean.jsonl").stat().st_size
    exact = {"option": "across", "kind": "exact", "bytes": ends[1:3], "lines": [2, 2]}
    near = {"option": "across", "kind": "near", "bytes": ends[2:4], "lines": [3, 3]}
    bad = {"option": "on_error", "kind": "bad", "bytes": ends[3:], "lines": [4, 4]}
    assert lines == [
        {"input": 0, "record": 1, "id": "r/0"}
        | part
        | {"witness": {"bytes": [0, 79], "lines": [1, 1]}},
        {"input": 0, "record": 1, "byte": 0, "written": size},
        {"input": 0, "record": 2, "id": "r/1", "similarity": 1.0, "raw": news[1].decode()}
        | exact
        | {"witness": {"input": 1, "record": 1, "id": "r/1"}},
        {"input": 0, "record": 3, "id": "r/2", "similarity": 1.0, "raw": news[2].decode()}
        | near
        | {"witness": {"input": 0, "record": 1, "id": "r/0"}},
        {"input": 0, "record": 4, "id": "r/3", "raw": news[3].decode()} | bad,
    ]


def test_a_ledger_is_read_as_typed_entries_and_as_a_table(news: list[bytes]) -> None:
    ledger = read_ledger("ledger")
    part, exact, near, bad = ledger
    assert repr(ledger) == "<Ledger: 4 removals>"
    assert ledger == read_ledger(Path("ledger"))
    assert ledger[1:3] == (exact, near)
    assert isinstance(part, RecordRemoval)
    assert isinstance(exact, RecordRemoval)
    assert isinstance(bad, RecordRemoval)
    assert part.witness == dedup.Witness(
        input=0, record=1, id="r/0", bytes=Span(0, 79), lines=dedup.Lines(1, 1)
    )
    assert (part.text, part.raw) == (f"{SAID}\n", f"{SAID}\n".encode())
    assert exact.witness == dedup.Witness(input=1, record=1, id="r/1")
    assert (exact.field, exact.raw, bad.raw, bad.witness) == (None, news[1], news[3], None)
    size = len(b"".join(news))
    assert ledger.inputs == (
        dedup.LedgerInput(path="news.jsonl", records=4, bytes=size, is_reference=False),
        dedup.LedgerInput(path="known.jsonl", records=1, bytes=None, is_reference=True),
    )
    table = ledger.to_arrow()
    assert table.column_names == [
        *("input", "record", "id", "option", "kind", "field", "start", "stop", "first_line"),
        *("last_line", "text", "similarity", "witness_input", "witness_record", "witness_id"),
        *("witness_start", "witness_stop", "witness_first_line", "witness_last_line", "frame_of"),
    ]
    assert table.column("stop").to_pylist() == [entry.bytes.stop for entry in ledger]
    assert table.column("witness_start").to_pylist() == [0, None, None, None]
    assert ledger.to_pandas()["text"].tolist() == [entry.text for entry in ledger]
    with pytest.raises(TextTypeError, match="use restore_dataset"):
        dedup.restore("", ledger)  # type: ignore[arg-type]


@pytest.mark.usefixtures("news")
def test_a_ledger_of_another_version_or_a_damaged_one_is_refused() -> None:
    whole = Path("ledger").read_bytes()
    for damaged, said in (
        (
            whole.replace(b'"version":2', b'"version":1'),
            "ledger has version 1, .*restore with the commit",
        ),
        (whole.replace(b'"version":2', b'"version":3'), "ledger has version 3, .*; update dedup"),
        (whole[: whole.rindex(b"\n", 0, -1) + 1], "ledger is cut off"),
        (whole[:-9], r"ledger is not a ledger of records: line 7 is not"),
        (whole.replace(b'"kind":"near"', b'"kind":"far"'), 'ledger is damaged: line 5: .*"far"'),
        (whole.replace(b'"lines":[3', b'"lines":["3"'), "ledger is damaged: line 5: "),
        (
            whole.replace(b'"option":', b'"opinion":'),
            "line 2: not a ledger entry .no field 'option'",
        ),
        (
            whole.replace(b'"references":', b'"relations":'),
            r"ledger is damaged .KeyError.'references'",
        ),
    ):
        assert damaged != whole
        Path("ledger").write_bytes(damaged)
        with pytest.raises(LedgerError, match=said):
            read_ledger("ledger")
    patch = json.loads(whole.splitlines()[2])["patch"].encode()
    for other in (b"AAAA", patch[:-4], patch[:-8] + b"AAAAAAA=", b"!"):
        Path("ledger").write_bytes(whole.replace(patch, other))
        with pytest.raises(LedgerError, match=r"ledger (does not|is damaged)"):
            restore_dataset("ledger", "clean.jsonl", "back.jsonl")


def test_texts_that_utf8_cannot_have_and_records_that_are_not_utf8(tmp_path: Path) -> None:
    lone = f"{SAID} \ud800\n"
    lines = [
        f"{json.dumps({'text': lone + ASKED + chr(10) + lone})}\n".encode(),
        b'{"text": "\xff"}\n',
    ]
    (tmp_path / "in.jsonl").write_bytes(b"".join(lines))
    clean_dataset(
        tmp_path / "in.jsonl",
        tmp_path / "out.jsonl",
        Config(min_tokens=6),
        ledger=tmp_path / "led",
        on_error="skip",
    )
    part, record = read_ledger(tmp_path / "led")
    assert isinstance(record, RecordRemoval)
    assert (part.text, record.raw) == (lone, lines[1])
    texts = read_ledger(tmp_path / "led").to_arrow().column("text").to_pylist()
    assert texts == [f"{SAID} ?\n", '{"text": "?"}\n']
    restore_dataset(tmp_path / "led", tmp_path / "out.jsonl", tmp_path / "back.jsonl")
    assert (tmp_path / "back.jsonl").read_bytes() == b"".join(lines)


@pytest.mark.long
def test_a_record_of_many_megabytes_is_restored_from_a_small_patch(tmp_path: Path) -> None:
    rng = random.Random(3)
    body = "".join(f"{rng.getrandbits(1 << 9):x} and {line}.\n" for line in range(30_000))
    text = body + SAID * 3 + "\n" + ASKED + "\n" + SAID * 3 + "\n" + body[:3_500_000]
    line = f"{json.dumps({'text': text})}\n".encode()
    (tmp_path / "in.jsonl").write_bytes(line)
    clean_dataset(tmp_path / "in.jsonl", tmp_path / "out.jsonl", ledger=tmp_path / "led")
    ledger = read_ledger(tmp_path / "led")
    assert sum(len(entry.text) for entry in ledger) > 3_500_000
    check_size(tmp_path / "led", ledger)
    restore_dataset(tmp_path / "led", tmp_path / "out.jsonl", tmp_path / "back.jsonl")
    assert (tmp_path / "back.jsonl").read_bytes() == line


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1251"])
@pytest.mark.parametrize(
    "options", [{}, {"blocks": True, "min_df": 2}, {"spans": True, "min_span": 8}]
)
def test_the_ledger_of_a_folder(tmp_path: Path, encoding: str, options: dict[str, Any]) -> None:
    own = [" ".join(f"слово{row}x{place}" for place in range(30)) for row in range(4)]
    story = (
        "Паром опять опоздал, и никто на причале не мог сказать, почему он так часто опаздывает."
    )
    texts = {
        "a.txt": f"{own[0]}\n{story}\n{own[1]}\r\n{own[0]}\n",
        "b/c.txt": f"{own[2]}\n{story}\n",
        "b/d.txt": f"{own[3]}\n{story}\n",
        "e.txt": own[2],
    }
    for name, text in texts.items():
        (tmp_path / "crawl" / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / "crawl" / name).write_bytes(text.encode(encoding))
    clean_dataset(
        tmp_path / "crawl", tmp_path / "out", ledger=tmp_path / "led", encoding=encoding, **options
    )
    ledger = read_ledger(tmp_path / "led")
    assert {entry.id for entry in ledger if isinstance(entry, RecordRemoval)} >= {"a.txt", "e.txt"}
    assert ledger.inputs[0].records == len(texts)
    mark = "\ufeff" if encoding == "utf-16" else ""  # is a part of the text
    utf8 = {name: f"{mark}{text}".encode() for name, text in texts.items()}
    for entry in ledger:
        assert isinstance(entry, RecordRemoval)
        assert entry.witness is not None
        if entry.field is None:
            assert entry.raw == texts[entry.id].encode(encoding)
            assert entry.lines == (1, 1)
        else:
            witness = utf8[entry.witness.id][slice(*entry.witness.bytes or ())].decode()
            assert tokens(witness) == tokens(entry.text)
            assert utf8[entry.id][slice(*entry.bytes)].decode() == entry.text
    check_size(tmp_path / "led", ledger)
    restore_dataset(tmp_path / "led", tmp_path / "out", tmp_path / "back")
    back = {
        str(path.relative_to(tmp_path / "back")): path.read_bytes()
        for path in (tmp_path / "back").rglob("*.txt")
    }
    assert back == {name: text.encode(encoding) for name, text in texts.items()}


def test_a_witness_of_a_run_with_an_index_is_named_by_record_and_id(tmp_path: Path) -> None:
    records = [{"id": f"r{row}", "text": text} for row, text in enumerate((SAID, ASKED, SAID))]
    (tmp_path / "in.jsonl").write_bytes(FORMATS["JSON lines"].write(records))
    clean_dataset(
        tmp_path / "in.jsonl",
        tmp_path / "out.jsonl",
        id="id",
        index=tmp_path / "seen.db",
        ledger=tmp_path / "led",
    )
    (removal,) = read_ledger(tmp_path / "led")
    assert isinstance(removal, RecordRemoval)
    assert (removal.option, removal.kind, removal.id) == ("index", "exact", "r2")
    assert removal.witness == dedup.Witness(input=0, record=1, id="r0")
