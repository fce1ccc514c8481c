from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import datasets
import dedup
from datasets import Dataset, DatasetDict, IterableDatasetDict
from dedup.adapters.tables import annotate, unique
from dedup.errors import ConfigError, InputError, TextTypeError
from dedup.index.index import Index

FERRY = "The ferry was late again, and nobody on the pier could say why it was so."
BRIDGE = "The council of the island votes on the new bridge on Friday morning at ten."
MARKET = "Fish was dear at the market this week, since few boats had gone out to sea."
COPY = FERRY.upper()
ROWS = {"text": [FERRY, COPY, None, BRIDGE], "url": list("abcd"), "n": [10, 20, 30, 40]}
ADDED = ["dedup_keep", "dedup_witness", "dedup_similarity"]


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    datasets.disable_progress_bars()
    yield
    datasets.enable_progress_bars()


@pytest.fixture
def on_disk(tmp_path: Path) -> Any:  # noqa: ANN401
    Dataset.from_dict(ROWS).save_to_disk(tmp_path / "rows")
    return datasets.load_from_disk(tmp_path / "rows")


def urls(dataset: Any) -> list[str]:  # noqa: ANN401
    return [row["url"] for row in dataset]


def test_kept_rows_are_returned_as_a_dataset() -> None:
    dataset = Dataset.from_dict(ROWS)
    found = unique(dataset)
    assert isinstance(found, Dataset)
    assert found.features == dataset.features
    assert urls(found) == ["a", "c", "d"]
    assert urls(unique(dataset, keep="last")) == ["b", "c", "d"]
    assert urls(unique(dataset.select([3, 1, 0]))) == ["d", "b"]


@pytest.mark.parametrize(("column", "witness"), [(None, 0), ("n", 10), ("url", "a")])
def test_annotations_agree_with_unique(column: str | None, witness: object) -> None:
    dataset = Dataset.from_dict(ROWS)
    expected = [[True, False, True, True], [None, witness, None, None], [None, 1.0, None, None]]
    found = annotate(dataset, id=column)
    assert [found[name][:] for name in ADDED] == expected
    assert found.select_columns(list(ROWS)).to_dict() == ROWS
    rows = list(annotate(dataset.to_iterable_dataset(), id=column))
    assert [[row[name] for row in rows] for name in ADDED] == expected
    if column:
        by_index = annotate(dataset, id=column, index=dedup.Index())
        assert [by_index[name][:] for name in ADDED] == expected
        assert by_index.features == found.features


@pytest.mark.parametrize("name", ["arrow", "pandas", "polars", "numpy"])
def test_datasets_with_formats_are_annotated(name: str) -> None:
    dataset = Dataset.from_dict(ROWS).with_format(name)
    for index in (None, dedup.Index()):
        found = annotate(dataset, id="n", index=index)
        assert found.with_format(None)["dedup_witness"][:] == [None, 10, None, None]
        assert found.features["dedup_witness"] == datasets.Value("int64")


@pytest.mark.parametrize("batch", [1, 2, 1000])
def test_an_index_remembers_earlier_datasets(
    on_disk: Any,  # noqa: ANN401
    batch: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("dedup.adapters.hugging_face.ROWS_PER_DECISION", batch)
    index = dedup.Index()
    assert urls(unique(on_disk, index=index)) == ["a", "c", "d"]
    later = Dataset.from_dict({"text": [COPY, MARKET], "url": ["e", "f"]})
    assert urls(unique(later, index=index)) == ["f"]
    assert urls(unique(later.to_iterable_dataset(), index=index)) == []


def test_nothing_is_taken_from_a_cache(on_disk: Any) -> None:  # noqa: ANN401
    first, second = dedup.Index(), dedup.Index()
    for index in (first, second):
        assert urls(unique(on_disk, id="url", index=index)) == ["a", "c", "d"]
        assert urls(unique(on_disk, id="url", index=index)) == ["c"]
        assert urls(unique(on_disk, id="url", index=index, if_seen="keep")) == ["a", "c", "d"]
    assert len(second) == 3


def test_a_path_is_opened_and_closed(on_disk: Any, tmp_path: Path) -> None:  # noqa: ANN401
    path = tmp_path / "seen.db"
    assert urls(unique(on_disk, id="url", index=path)) == ["a", "c", "d"]
    assert urls(unique(on_disk.to_iterable_dataset(), id="url", index=path)) == ["c"]
    annotated = annotate(on_disk, id="url", index=path)
    assert annotated["dedup_witness"][:] == ["a", "a", None, "d"]


@pytest.mark.parametrize("name", ["arrow", "pandas", "polars", "numpy"])
def test_streams_with_formats_are_decided(on_disk: Any, name: str) -> None:  # noqa: ANN401
    stream = on_disk.to_iterable_dataset().with_format(name)
    assert urls(unique(stream, index=dedup.Index()).with_format(None)) == ["a", "c", "d"]


def test_splits_are_compared_with_each_other() -> None:
    splits = DatasetDict(
        test=Dataset.from_dict({"text": [FERRY, BRIDGE], "url": ["a", "b"]}),
        train=Dataset.from_dict({"text": [MARKET, COPY, MARKET], "url": ["c", "d", "e"]}),
    )
    for index in (None, dedup.Index()):
        found = unique(splits, index=index, id="url")
        assert isinstance(found, DatasetDict)
        assert {name: urls(split) for name, split in found.items()} == {
            "test": ["a", "b"],
            "train": ["c"],
        }
    assert annotate(splits, id="url")["train"]["dedup_witness"][:] == [None, "a", "c"]
    streams = IterableDatasetDict({name: of.to_iterable_dataset() for name, of in splits.items()})
    assert urls(unique(streams, index=dedup.Index())["test"]) == ["a", "b"]
    with pytest.raises(InputError, match="can only be compared through an index"):
        unique(streams)


def test_shuffled_rows_and_splits_of_different_types_are_decided_in_order() -> None:
    numbers = datasets.Value("int32")
    splits = DatasetDict(
        test=Dataset.from_dict(ROWS).select([1, 3]),
        train=Dataset.from_dict(ROWS).cast_column("n", numbers).select([3, 2, 0]),
    )
    for index in (None, dedup.Index()):
        annotated = annotate(splits, id="n", keep="first", index=index)["train"]
        assert annotated["dedup_witness"][:] == [40, None, 20]
        assert annotated.features["n"] == numbers


def test_a_stream_is_decided_again_each_time_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dedup.adapters.hugging_face.ROWS_PER_DECISION", 2)
    stream = Dataset.from_dict(ROWS).to_iterable_dataset()
    found = unique(stream)
    assert found.features == stream.features
    assert urls(found) == urls(found) == ["a", "c", "d"]
    shuffled = unique(stream.shuffle(seed=3, buffer_size=4))
    for epoch in range(3):
        shuffled.set_epoch(epoch)
        assert len(list(shuffled)) == 3
    kept = unique(stream, id="url", index=dedup.Index(), if_seen="keep")
    assert urls(kept) == urls(kept) == ["a", "c", "d"]


def test_a_stream_of_unknown_columns_is_checked_when_it_is_read() -> None:
    stream = datasets.IterableDataset.from_generator(lambda: iter([{"body": FERRY}]))
    assert len(list(annotate(stream, "body"))) == 1
    with pytest.raises(InputError, match=r"no column 'text' \(found: body\)"):
        list(unique(stream))


def test_an_empty_dataset_stays_empty() -> None:
    dataset = Dataset(pa.table({"text": pa.array([], pa.string())}))
    for index in (None, dedup.Index()):
        assert unique(dataset, index=index).num_rows == 0
        assert annotate(dataset, index=index).num_rows == 0


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"text": "body"}, InputError, "no column 'body' \\(found: text, url, n\\)"),
        ({"text": "n"}, TextTypeError, "column 'n': texts must be .* an Arrow column of int64"),
        ({"id": "key"}, InputError, "no column 'key'"),
        ({"id": "text"}, InputError, "column 'text': row 2 must have a string"),
        ({"keep": "last"}, ConfigError, "keep must be first with an index"),
        ({"if_seen": "keep"}, ConfigError, "if_seen must be drop without an id"),
    ],
)
def test_an_invalid_option_is_an_error(
    options: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        unique(Dataset.from_dict(ROWS), index=dedup.Index(), **options)


def test_an_option_without_effect_is_refused() -> None:
    dataset = Dataset.from_dict(ROWS)
    with pytest.raises(InputError, match="has a column 'dedup_keep' already"):
        annotate(annotate(dataset))


@pytest.mark.parametrize("streams", [False, True])
def test_a_row_without_an_id_is_counted_over_all_batches(*, streams: bool) -> None:
    count, bad = 2600, 2500
    ids = [None if row == bad else row for row in range(count)]
    dataset = Dataset.from_dict({"text": [str(row) for row in range(count)], "n": ids})
    with pytest.raises(InputError, match=f"column 'n': row {bad} must have a string"):
        list(unique(dataset.to_iterable_dataset() if streams else dataset, id="n", index=Index()))
