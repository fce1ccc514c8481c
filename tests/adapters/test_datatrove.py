import json
import pickle
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

import dedup

pytest.importorskip("datatrove", reason="datatrove is missing: pip install datatrove")

from datatrove.data import Document
from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.readers import JsonlReader
from datatrove.pipeline.writers import JsonlWriter

from dedup.adapters.datatrove import DedupFilter

STORY = (
    "The lamp on the mole went out in the second night of the storm, and the keeper rowed over "
    "with a new one, as his father had done, though the harbour had been closed for ten years."
)
NEAR = f"{STORY} More soon."
LONGER = f"{STORY} He was back before it was light, wet to the bone, and said that it was the last "
LONGER += "time, and nobody at the table believed a word of it, for he had said so each winter."


def documents(*texts: str, start: int = 0) -> list[Document]:
    return [Document(text, f"d{row}") for row, text in enumerate(texts, start)]


def ids(found: Iterable[Document]) -> list[str]:
    return [document.id for document in found]


def counts(step: DedupFilter) -> dict[str, int]:
    names = ("total", "forwarded", "dropped", "dropped_exact", "dropped_near", "superseding")
    return {name: int(step.stats[name].total) for name in names if step.stats[name].total}


@pytest.mark.parametrize("batch_size", [1, 2, 512])
def test_new_documents_pass_and_others_are_counted(batch_size: int, tmp_path: Path) -> None:
    step = DedupFilter(tmp_path / "seen.db", job="j", batch_size=batch_size)
    given = documents(STORY, STORY.upper(), NEAR, "Of lamps.", LONGER, "")
    assert ids(step(iter(given))) == ["d0", "d3", "d4", "d5"]
    assert counts(step) == {
        "total": 6,
        "forwarded": 4,
        "dropped": 2,
        "dropped_exact": 1,
        "dropped_near": 1,
        "superseding": 1,
    }


def test_the_filter_returns_the_reason(tmp_path: Path) -> None:
    step = DedupFilter(tmp_path / "seen.db", job="j", config="news")
    assert step.filter(Document(STORY, "a")) is True
    copy = Document(NEAR, "b")
    assert step.filter(copy) == (False, "near")
    assert copy.metadata["dedup_witness"] == "j/00000/a"
    assert 0.8 < copy.metadata["dedup_similarity"] < 1
    step.close()


def test_a_task_that_is_run_again_keeps_what_it_kept(tmp_path: Path) -> None:
    def run(job: str, rank: int) -> list[str]:
        step = DedupFilter(tmp_path / "seen.db", job=job, batch_size=2)
        given = documents(STORY, NEAR, "Of lamps.", LONGER)
        return ids(step(iter(given), rank, 2))

    assert [run("monday", 0), run("monday", 0)] == [["d0", "d2", "d3"]] * 2
    assert (
        run("monday", 1) == []
    )  # the same documents under the same ids: another task's are copies
    assert run("tuesday", 0) == []  # and so are those of another job
    assert run("monday", 0) == ["d0", "d2", "d3"]


def test_several_documents_may_have_one_id(tmp_path: Path) -> None:
    given = [Document(text, "a") for text in (STORY, STORY, "Of lamps.", "of LAMPS", "Of oil.")]
    for _ in range(2):
        step = DedupFilter(tmp_path / "seen.db", job="j", batch_size=2)
        kept = [document.text for document in step(iter(given))]
        assert kept == [STORY, "Of lamps.", "Of oil."]
    assert given[3].metadata["dedup_witness"] == "j/00000/a#3"


def test_the_text_of_a_failed_attempt_is_replaced(tmp_path: Path) -> None:
    for text in (STORY, "Of lamps."):
        step = DedupFilter(tmp_path / "seen.db", job="j")
        assert ids(step(iter(documents(text)))) == ["d0"]
    step = DedupFilter(tmp_path / "seen.db", job="k")
    assert ids(step(iter(documents(STORY, "Of lamps.", start=5)))) == ["d5"]


def test_settings_are_checked_when_it_is_made(tmp_path: Path) -> None:
    with pytest.raises(dedup.ConfigError, match="config must be a Config or a preset"):
        DedupFilter(tmp_path / "seen.db", job="j", config="wbe")  # type: ignore[arg-type]


def test_it_is_pickled_before_and_after_it_ran(tmp_path: Path) -> None:
    step = DedupFilter(tmp_path / "seen.db", job="j", config="web")
    list(pickle.loads(pickle.dumps(step))(iter(documents(STORY))))  # noqa: S301
    list(step(iter(documents(STORY))))
    again = pickle.loads(pickle.dumps(step))  # noqa: S301
    assert ids(again(iter(documents(NEAR, start=3)))) == []


def records(folder: Path) -> list[dict[str, Any]]:
    lines = [line for path in sorted(folder.iterdir()) for line in path.read_text().splitlines()]
    return [json.loads(line) for line in lines]


def test_tasks_share_an_index(tmp_path: Path) -> None:  # in other processes: see the example
    (tmp_path / "in").mkdir()
    for task in range(4):
        lines = [json.dumps({"text": f"{text}"}) + "\n" for text in (STORY, f"Of lamp {task}.")]
        (tmp_path / "in" / f"{task}.jsonl").write_text("".join(lines))
    stats = LocalPipelineExecutor(
        [
            JsonlReader(str(tmp_path / "in")),
            DedupFilter(
                str(tmp_path / "seen.db"),
                job="monday",
                exclusion_writer=JsonlWriter(str(tmp_path / "copies"), compression=None),
            ),
            JsonlWriter(str(tmp_path / "out"), compression=None),
        ],
        tasks=4,
        workers=1,
        logging_dir=str(tmp_path / "logs"),
    ).run()
    texts = [record["text"] for record in records(tmp_path / "out")]
    assert sorted(texts) == sorted([STORY, *(f"Of lamp {task}." for task in range(4))])
    copies = records(tmp_path / "copies")
    (kept,) = [
        f"monday/{file.name[:5]}/{record['id']}"
        for file in (tmp_path / "out").iterdir()
        for record in map(json.loads, file.read_text().splitlines())
        if record["text"] == STORY
    ]
    reasons = [
        (one["metadata"]["filter_reason"], one["metadata"]["dedup_witness"]) for one in copies
    ]
    assert reasons == [("exact", kept)] * 3
    assert stats.stats[1]["dropped_exact"].total == 3


class Stumbles:
    """A step that fails after so many documents."""

    def __init__(self, after: int) -> None:
        self.after = after

    def __call__(self, data: Iterable[Document], *_: int) -> Iterable[Document]:
        for count, document in enumerate(data):
            if count == self.after:
                raise OSError("the disk is full")
            yield document


def test_a_failed_run_loses_nothing_when_it_is_run_again(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for task in range(2):
        texts = (f"{STORY} {'And on. ' * 9}", f"Of {task}.", "Of both.", STORY, "Of one lamp.")
        lines = [json.dumps({"text": text}) + "\n" for text in texts]
        (tmp_path / "in" / f"{task}.jsonl").write_text("".join(lines))

    def run(*steps: object) -> None:
        reader = JsonlReader(str(tmp_path / "in"))
        step = DedupFilter(tmp_path / "seen.db", job="j", batch_size=3)
        writer = JsonlWriter(str(tmp_path / "out"), compression=None)
        logs = str(tmp_path / "logs")
        LocalPipelineExecutor(
            [reader, step, *steps, writer], tasks=2, workers=1, logging_dir=logs
        ).run()

    with pytest.raises(OSError, match="the disk is full"):
        run(Stumbles(after=2))
    run()
    kept = [record["text"] for record in records(tmp_path / "out")]
    assert len(kept) == len(set(kept)) == 5
