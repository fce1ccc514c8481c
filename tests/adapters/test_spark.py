"""Spark: the decisions of ``deduplicate``, whatever the partitions and the order of arrival."""

import json
import random
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal
from unittest.mock import patch

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812  as in the manual of Spark

import dedup
from dedup.adapters import spark, spark_rounds, spark_stages
from dedup.adapters.spark_rounds import SparkRounds
from tests.adapters.spark_session import SETTINGS, needs_java, spark_environment, spark_session
from tests.generated_texts import framed_texts, headlines, near_copies, site_pages
from tests.planting import data_folder

pytestmark = [pytest.mark.long, needs_java, pytest.mark.filterwarnings("ignore")]
ROOT = Path(__file__).parents[2]
STORY = "The ferry was late again, and nobody on the pier could say why it was so."
WITH_SPARK_CONNECT = """
from pyspark.sql import SparkSession
from dedup.adapters import spark
from dedup.errors import ConfigError
session = SparkSession.builder.remote("local[1]").getOrCreate()
news = session.createDataFrame([(1, "one two\\n\\none two")], ["id", "text"])
try:
    spark.deduplicate(news)
except ConfigError as error:
    print(error)
print(spark.clean(news, min_tokens=2).select("dedup_removed_blocks").collect())
session.stop()
"""


@pytest.fixture(scope="module")
def session() -> Iterator[SparkSession]:
    with spark_session() as session:
        yield session


@pytest.fixture
def _many_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Spark decide few rows as it does many: not in one task."""
    monkeypatch.setattr(spark_rounds, "ONE_TASK_ROWS", 0)


many_rows = pytest.mark.usefixtures("_many_rows")


@contextmanager
def checkpoint_folder(session: SparkSession, folder: Path | None) -> Iterator[None]:
    """Set the checkpoint folder of a session, if one is given."""
    context = session.sparkContext
    if folder is not None:
        context.setCheckpointDir(str(folder))
    try:
        yield
    finally:
        context._jsc.sc().setCheckpointDir(None)  # noqa: SLF001


def frame_of(
    session: SparkSession, texts: Sequence[str | None], partitions: int = 3, seed: int = 0
) -> DataFrame:
    """Return texts in a DataFrame, in another order than that of their ids."""
    rows = np.random.default_rng(seed).permutation(len(texts))
    column = pa.array([texts[row] for row in rows.tolist()], pa.string())
    table = pa.table({"id": rows, "text": column})
    return session.createDataFrame(table).repartition(partitions)


def decisions_of(marked: DataFrame) -> list[tuple[Any, ...]]:
    """Return id, keep, witness and similarity of each row, by id."""
    columns = ["id", "dedup_keep", "dedup_witness", "dedup_similarity"]
    return sorted(tuple(row) for row in marked.select(*columns).collect())


def local_decisions(texts: Sequence[str | None], **changes: Any) -> list[tuple[Any, ...]]:  # noqa: ANN401
    """Return what ``decisions_of`` must return."""
    result = dedup.deduplicate(texts, **changes)
    witnesses, similarity = result.witness.tolist(), result.similarity.tolist()
    return [
        (row, True, None, None) if keep else (row, False, witnesses[row], similarity[row])
        for row, keep in enumerate(result.keep.tolist())
    ]


def crowded_texts(count: int, seed: int) -> list[str]:
    """Return texts of which many share a frame: their posting lists are capped."""
    rng = random.Random(seed)
    words = [f"w{number}" for number in range(400)]
    rows = framed_texts(count, seed) + [" ".join(rng.choices(words, k=40)) for _ in range(count)]
    for _ in range(count):
        row = rng.choice(rows).split(" ")
        for _ in range(rng.randrange(5)):
            row[rng.randrange(len(row))] = rng.choice(words)
        rows.append(" ".join(row + rng.choices(words, k=rng.choice((0, 0, 6)))))
    rows += [rng.choice(rows).upper() for _ in range(count // 4)]
    rng.shuffle(rows)
    return rows


@many_rows
@pytest.mark.parametrize(
    ("preset", "changes", "is_large"),
    [
        ("news", {}, True),
        ("news", {"keep": "last", "threshold": 0.5, "numeric_variants": "remove"}, False),
        ("strict", {"keep": "first", "threshold": 0.6}, True),
        ("web", {}, True),
        ("short", {}, False),
        ("ocr", {"threshold": 0.3}, False),
        ("code", {}, False),
        ("exact", {}, False),
    ],
)
def test_decisions_are_those_of_one_machine(  # noqa: PLR0913, PLR0917  fixtures
    preset: dedup.config.Preset,
    changes: dict[str, Any],
    is_large: bool,  # noqa: FBT001  a parameter
    session: SparkSession,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """If it is large, there are many groups and tasks, and the workers decide."""
    if is_large:
        monkeypatch.setattr(spark_stages, "BROADCAST_BYTES", -1)
        monkeypatch.setattr(spark_stages, "POSTINGS_PER_TASK", 700)
        monkeypatch.setattr(spark_stages, "GROUP_ROWS", 40)
        monkeypatch.setattr(spark_rounds, "PAIRS_ON_DRIVER", 60)
    texts: list[str | None] = [*crowded_texts(160, 1), *headlines(150, 2), None, "", " . "]
    texts += site_pages(60, 4)
    with checkpoint_folder(session, tmp_path / "checkpoints" if is_large else None):
        found = spark.deduplicate(frame_of(session, texts), config=preset, **changes)
        assert decisions_of(found) == local_decisions(texts, config=preset, **changes)


@many_rows
@settings(
    max_examples=2,
    phases=[Phase.explicit, Phase.generate],  # to shrink an example would take hours
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    corpora=st.lists(near_copies(), min_size=30, max_size=60), threshold=st.sampled_from([0.5, 0.8])
)
def test_decisions_on_drawn_texts(
    corpora: list[list[str]], threshold: float, session: SparkSession
) -> None:
    texts = [
        " ".join(f"{word}{number}" for word in text.split())
        for number, corpus in enumerate(corpora)
        for text in corpus
    ]
    changes: dict[str, Any] = {
        "ngram_size": 2,
        "threshold": threshold,
        "numeric_variants": "remove",
    }
    found = spark.deduplicate(frame_of(session, texts), **changes)
    assert decisions_of(found) == local_decisions(texts, **changes)


@many_rows
def test_a_long_text_that_asks_for_nothing_is_a_witness(session: SparkSession) -> None:
    # The sketch of the long text has one in eight of its keys, and none of those of its part. There
    # are only two texts, since a filter of many keys would say yes to some other key of the sketch.
    words = [f"w{random.Random(place).randrange(10**9)}" for place in range(400)]
    texts = [" ".join(words), " ".join(words[0:10])]
    expected = local_decisions(texts)
    assert [keep for _, keep, _, _ in expected] == [True, False]
    assert decisions_of(spark.deduplicate(frame_of(session, texts))) == expected


@many_rows
def test_partitions_and_arrival_do_not_matter(session: SparkSession) -> None:
    texts = crowded_texts(100, 3)
    found = spark.deduplicate(frame_of(session, texts, partitions=7, seed=5))
    assert decisions_of(found) == local_decisions(texts)


def test_few_texts_are_decided_in_one_task(session: SparkSession) -> None:
    texts = crowded_texts(100, 3)
    with patch.object(SparkRounds, "_removed_in_rounds", side_effect=AssertionError):
        assert decisions_of(spark.deduplicate(frame_of(session, texts))) == local_decisions(texts)


def test_order_is_that_of_a_column(session: SparkSession) -> None:
    rows = [("a", "2026-11-03", STORY), ("b", "2026-11-01", STORY), ("c", "2026-11-02", "Other.")]
    frame = session.createDataFrame(rows, ["id", "date", "text"])
    found = spark.deduplicate(frame, order="date", keep="first")
    assert decisions_of(found) == [
        ("a", False, "b", 1.0),
        ("b", True, None, None),
        ("c", True, None, None),
    ]
    kept = spark.deduplicate(frame, order="date", keep="first", removed="drop")
    assert kept.columns == frame.columns
    assert sorted(row.id for row in kept.collect()) == ["b", "c"]


@pytest.mark.parametrize(
    "expression",
    [
        "cast(id - 60 as string)",
        "id - 60",
        "cast(id - 60 as decimal(9, 2)) / 7",
        "date_add(date '2026-11-30', cast(id as int))",
        "timestamp_seconds(id * 1800 + 1774747800)",  # across the change to summer time
        "timestamp_ntz'2026-11-30 12:00:00' + make_dt_interval(0, 0, 0, id)",
        "timestamp'0001-01-01 00:00:00' + make_dt_interval(0, 0, 0, id)",
    ],
)
def test_rows_are_numbered_in_the_order_of_a_column(expression: str, session: SparkSession) -> None:
    session.conf.set("spark.sql.adaptive.enabled", "false")  # it would join the ranges into one
    try:
        frame = session.range(120).repartition(4).selectExpr(f"{expression} as value")
        numbered, count = spark._number_rows(frame, "value")  # noqa: SLF001
        rows = numbered.orderBy("value").select(spark_stages.ROW).collect()
    finally:
        session.conf.unset("spark.sql.adaptive.enabled")
    assert [row[0] for row in rows] == [*range(count)] == [*range(120)]


def test_columns_may_have_any_name(session: SparkSession) -> None:
    names = ["row.id", "the.text", "similarity", "witness", "row", "position"]
    rows = [("a", STORY, 1, 2, 3, 4), ("b", STORY, 5, 6, 7, 8)]
    frame = session.createDataFrame(rows, names)
    found = spark.deduplicate(frame, "the.text", "row.id")
    assert found.columns == [*names, "dedup_keep", "dedup_witness", "dedup_similarity"]
    assert sorted(map(tuple, found.collect())) == [
        ("a", STORY, 1, 2, 3, 4, True, None, None),
        ("b", STORY, 5, 6, 7, 8, False, "a", 1.0),
    ]
    kept = spark.deduplicate(frame, "the.text", "row.id", removed="drop")
    assert [*map(tuple, kept.collect())] == [rows[0]]


@many_rows
def test_hardly_any_rows(session: SparkSession) -> None:
    assert spark.deduplicate(frame_of(session, [])).collect() == []
    assert decisions_of(spark.deduplicate(frame_of(session, [None]))) == [(0, True, None, None)]


def test_wrong_columns_are_errors(session: SparkSession) -> None:
    frame = session.createDataFrame([(1, STORY), (1, STORY)], ["id", "text"])
    with pytest.raises(
        dedup.InputError, match="id must be unique and not null; some rows have the same value"
    ):
        spark.deduplicate(frame)
    missing = session.createDataFrame([(1, STORY), (None, STORY)], ["id", "text"])
    with pytest.raises(dedup.InputError, match="some rows have no value"):
        spark.deduplicate(missing)
    with pytest.raises(
        dedup.ConfigError, match="there is no column body; the columns are id, text"
    ):
        spark.deduplicate(frame, "body")
    with pytest.raises(dedup.ConfigError, match="column id must have strings, it has bigint"):
        spark.clean(frame, "id")
    twins = frame.withColumns({"k": F.lit(1)}).select("id", "text", "k", F.lit(2).alias("K"))
    with pytest.raises(dedup.ConfigError, match="columns k and K have the same name; rename one"):
        spark.clean(twins)
    with pytest.raises(dedup.ConfigError, match="has a column dedup_keep already"):
        spark.deduplicate(frame.withColumnRenamed("id", "dedup_keep"), id="dedup_keep")
    with pytest.raises(dedup.ConfigError, match="min_df must be a whole number >= 2"):
        spark.deduplicate_blocks(frame, min_df=1)
    with pytest.raises(dedup.ConfigError, match="there is no column site"):
        spark.deduplicate_blocks(frame, by="site")
    with pytest.raises(dedup.ConfigError, match="column Dedup_Row already"):
        spark.deduplicate(frame.withColumn("Dedup_Row", F.lit(1)))
    with pytest.raises(dedup.ConfigError, match="unit is token, for lists of tokens"):
        spark.deduplicate(frame, unit="token")
    with pytest.raises(dedup.ConfigError, match="to order rows, it has struct<"):
        spark.deduplicate(frame.withColumn("pair", F.struct("id", "text")), order="pair")
    with pytest.raises(dedup.ConfigError, match="removed must be mark or drop, got 'yes'"):
        spark.deduplicate(frame, removed="yes")  # type: ignore[arg-type]


@pytest.mark.parametrize("keep", ["first", "last"])
def test_clean(keep: dedup.config.Keep, session: SparkSession) -> None:
    body = "The ferry was late, and nobody on the pier could say why it was so often late.\n"
    texts = [None, "Early.", f"Late\n{body}{body}", "", f"{body}\n{body}More.\n\n{body}"]
    frame = frame_of(session, texts).withColumn("more", F.lit(7))
    found = spark.clean(frame, min_tokens=10, keep=keep)
    assert found.columns == ["id", "text", "more", "dedup_removed_blocks"]
    for number, text, _, removed in found.collect():
        original = texts[number]
        if original is None:
            assert (text, removed) == (None, 0)
        else:
            document = dedup.clean(original, min_tokens=10, keep=keep)
            assert (text, removed) == (document.text, int((~document.kept).sum()))


@pytest.mark.parametrize("boilerplate", ["first", "all"])
def test_blocks_that_recur_are_removed_in_each_group(
    boilerplate: Literal["first", "all"], session: SparkSession
) -> None:
    sites = ["harbour", "hills", None]
    frames = [f"Write to the {site} desk at any hour of the day.\n" for site in sites]
    texts: list[str | None] = [
        f"Story {row} of day {row * 7} is about {row * 11} boats.\n{frames[row % 3]}"
        for row in range(60)
    ]
    texts[7] = None
    frame = frame_of(session, texts).withColumn(
        "site", F.element_at(F.array(*map(F.lit, sites)), F.expr("cast(id % 3 as int) + 1"))
    )
    frame = frame.withColumn("seen", F.timestamp_seconds(F.col("id") * 1800))
    settings: dict[str, Any] = {"min_df": 5, "min_tokens": 5, "boilerplate": boilerplate}
    found = spark.deduplicate_blocks(frame, by="site", **settings)
    assert found.columns == ["id", "text", "site", "seen", "dedup_removed_blocks"]
    assert found.where("seen != timestamp_seconds(id * 1800)").isEmpty()
    rows = {row.id: (row.text, row.dedup_removed_blocks) for row in found.collect()}
    for site in range(3):
        expected = dedup.deduplicate_blocks(texts[site::3], **settings)
        for place, text in enumerate(expected.texts):
            assert rows[site + 3 * place] == (text, len(expected.ledger(place)))
    assert {removed for _, removed in rows.values()} == {0, 1}
    together = spark.deduplicate_blocks(frame, **settings)
    assert [
        text for _, text in sorted(map(tuple, together.select("id", "text").collect()))
    ] == dedup.deduplicate_blocks(texts, **settings).texts


def test_the_page_runs(session: SparkSession) -> None:
    page = (ROOT / "docs" / "how-to" / "spark.md").read_text(encoding="utf-8")
    names: dict[str, Any] = {}
    exec(page.split("```python\n")[1].split("```")[0], names)  # noqa: S102  our own page
    assert decisions_of(names["marked"]) == [
        (1, True, None, None),
        (2, False, 1, 1.0),
        (3, True, None, None),
    ]
    assert sorted(row.id for row in names["kept"].collect()) == [1, 3]
    assert names["clean"].count() == 3
    assert names["session"] is session


def test_the_example_runs(tmp_path: Path) -> None:
    records = [{"id": 1, "text": STORY}, {"id": 2, "text": STORY.upper()}, {"id": 3, "text": "No."}]
    lines = "".join(f"{json.dumps(record)}\n" for record in records)
    (tmp_path / "in.jsonl").write_text(lines)
    submit = Path(sys.executable).parent / "spark-submit"
    settings = [f"--conf={name}={value}" for name, value in SETTINGS.items()]
    job = [ROOT / "examples" / "spark_job.py", tmp_path / "in.jsonl", tmp_path]
    job.append(tmp_path / "checkpoints")
    command = [str(submit), "--master=local[2]", *settings, *map(str, job)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=spark_environment()
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.splitlines()[-1] == "kept 2 of 3 records"
    removed = pq.read_table(tmp_path / "removed").to_pylist()
    assert removed == [{"id": 2, "dedup_witness": 1, "dedup_similarity": 1.0}]
    assert pq.read_table(tmp_path / "kept").column_names == ["id", "text"]


def test_deduplicate_refuses_spark_connect_and_clean_works_with_it() -> None:
    pytest.importorskip("grpc", reason="Spark Connect needs grpcio and grpcio-status")
    command = [sys.executable, "-c", WITH_SPARK_CONNECT]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=spark_environment()
    )
    assert done.returncode == 0, done.stderr[-3000:]
    error, rows = done.stdout.splitlines()[-2:]
    assert error.startswith("deduplicate needs a DataFrame of PySpark without Spark Connect: run")
    assert rows == "[Row(dedup_removed_blocks=1)]"


@pytest.mark.skipif(not data_folder().is_dir(), reason="the real articles are not here: DEDUP_DATA")
@many_rows
@pytest.mark.parametrize("preset", ["news", "web"])
def test_decisions_on_real_articles(preset: dedup.config.Preset, session: SparkSession) -> None:
    from benchmarks.corpora import articles  # noqa: PLC0415  only where the articles are

    texts = articles("allsides")[:2000] + articles("labelled/extraction_a")[:1500]
    found = spark.deduplicate(frame_of(session, texts), config=preset)
    assert decisions_of(found) == local_decisions(texts, config=preset)
