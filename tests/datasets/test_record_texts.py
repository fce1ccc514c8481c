"""Texts that are read again when they are compared are those of the first reading."""

import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup import Config, InputError
from dedup.arrays.native import has_core
from dedup.arrays.progress import Progress
from dedup.datasets.clean_dataset import run_job
from dedup.datasets.dataset_options import DatasetOptions
from dedup.datasets.inputs import format_handler
from dedup.datasets.job import Job
from dedup.datasets.record_table import RecordTable, read_records
from dedup.datasets.record_texts import RecordTexts
from dedup.datasets.workspace import open_workspace
from dedup.files.listing import list_files

pytestmark = pytest.mark.skipif(not has_core(), reason="needs the compiled core")

BODY = "The ferry was late again, and nobody on the pier could say why it was so often late. "
TEXTS = st.none() | st.text(max_size=12) | st.sampled_from(["\ud800", BODY + "\n" + BODY, "\0"])
RECORDS = st.fixed_dictionaries({}, optional={"text": TEXTS, "title": TEXTS, "n": st.floats()})
GAPS = st.sampled_from(["\n", "\r\n", "\n\n \x0b\n", " \n"])


def job_of(paths: list[Path], **options: Any) -> Job:  # noqa: ANN401
    chosen = DatasetOptions.of({"format": "jsonl", **options})
    output = str(paths[0].with_name("out"))
    listings = [*map(list_files, paths)]
    return Job(
        inputs=paths,
        names=["a", "b"],
        listings=listings,
        config=Config(),
        options=chosen,
        output=output,
    )


def check_texts(rows: RecordTable, expected: list[str | None]) -> None:
    assert isinstance(rows.texts, RecordTexts)
    found = [rows.texts.encoded(row).decode("utf-8", "surrogatepass") for row in range(len(rows))]
    assert found == [text or "" for text in expected]
    assert rows.texts.missing.tolist() == [text is None for text in expected]


@given(
    st.lists(st.tuples(RECORDS, GAPS), max_size=8),
    st.lists(st.tuples(RECORDS, GAPS), max_size=4),
    st.booleans(),
    st.booleans(),
)
def test_texts_are_those_of_the_records(
    tmp_path_factory: pytest.TempPathFactory,
    first: list[tuple[dict[str, Any], str]],
    second: list[tuple[dict[str, Any], str]],
    several: bool,  # noqa: FBT001
    ascii_only: bool,  # noqa: FBT001
) -> None:
    folder, names = tmp_path_factory.mktemp("texts"), ("text", "title") if several else ("text",)
    paths = [folder / "first.jsonl", folder / "second.jsonl"]
    start = dict.fromkeys(("text", "title"), "x")  # has the fields, so that others need not
    expected: list[str | None] = []
    for path, records in zip(paths, (first, second), strict=True):
        lines = [*records, (start, "\n")]
        data = "".join(json.dumps(one, ensure_ascii=ascii_only) + gap for one, gap in lines)
        path.write_bytes(b"\xef\xbb\xbf" * several + data.encode("utf-8", "surrogatepass"))
        for record, _ in lines:
            texts = [record.get(name) for name in names]
            missing = all(text is None for text in texts)
            expected.append(None if missing else "\n".join(text or "" for text in texts))
    job = job_of(paths, text=names, within=False, on_error="skip")
    with open_workspace(job) as workspace:
        rows, _ = read_records(workspace, format_handler(job.options))
        unreadable = {row for row in range(len(rows)) if rows.bad[row]}
        kept = [None if row in unreadable else text for row, text in enumerate(expected)]
        check_texts(rows, kept)


def test_cleaned_texts_are_stored(tmp_path: Path) -> None:
    path = tmp_path / "news.jsonl"
    texts = ["One.", f"{BODY * 2}\n{BODY * 2}\nThe end.\n", "Two."]
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    job = job_of([path], within=True)
    with open_workspace(job) as workspace:
        rows, _ = read_records(workspace, format_handler(job.options))
        assert rows.changed_rows.tolist() == [1]
        check_texts(rows, ["One.", f"{BODY * 2}\nThe end.\n", "Two."])


class Meddler(Progress):
    """Changes a file when its records are compared."""

    def __init__(self, path: Path, change: Any) -> None:  # noqa: ANN401
        self.path, self.change = path, change

    def begin(self, stage: str, total: int = 0) -> None:  # noqa: ARG002
        if stage == "comparing":
            self.path.write_bytes(self.change(self.path.read_bytes()))


CHANGES = {
    "cut off": lambda data: data[: len(data) // 2],
    "empty": lambda _: b"",
    "other text": lambda data: data.replace(b"ferry", b"fe\\rry"),
    "not JSON": lambda data: data.replace(b'"', b"'"),
    "not UTF-8": lambda data: data.replace(b"ferry", b"\xfferry"),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("writes", [True, False])
def test_an_input_that_changes_is_noticed(tmp_path: Path, change: str, *, writes: bool) -> None:
    path, rng = tmp_path / "news.jsonl", random.Random(1)
    near = BODY + " ".join(rng.choices("abcdefgh", k=60))
    lines = [json.dumps({"text": text}) for text in (near, f"{near} more", "Else.")]
    path.write_text("\n".join(lines) + "\n")
    job = replace(job_of([path]), progress=Meddler(path, CHANGES[change]))
    job = job if writes else replace(job, output=None)
    with pytest.raises(InputError, match=r"news.jsonl changed while it was read"):
        run_job(job)
    assert not (tmp_path / "out").exists()
