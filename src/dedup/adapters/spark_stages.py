"""The stages of ``dedup.cluster`` on Spark: filter keys, look up, compare."""

from collections.abc import Callable, Iterator
from functools import partial
from threading import Lock
from typing import Any, Self

import numpy as np
import pyarrow as pa
from pyspark import StorageLevel
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812  as in the manual of Spark
from pyspark.sql.types import ArrayType

from dedup.cluster.compared_pairs import GROUP_ROWS, compare_groups
from dedup.cluster.hashed_rows import keep_asked_postings
from dedup.cluster.key_exchange import FOUND_COLUMNS, cut_postings, cut_queries, find_lists
from dedup.cluster.key_filter import KeyFilter, cut_keys, fill_parts, words_for
from dedup.cluster.ranked_candidates import rank_candidates
from dedup.cluster.row_positions import row_at
from dedup.config import Config

BROADCAST_BYTES = 1 << 25  # such tables are sent to all workers; larger ones are sorted and merged
NUMBER_BYTES, ARRAY_BYTES = 8, 512  # of a column, in a row
POSTINGS_PER_TASK = 4_000_000  # that are looked up
STORAGE = StorageLevel.DISK_ONLY
KEY_BYTES = 4
DESCRIPTION = "spark.job.description"
# Tables of the driver with fewer bytes are part of plans, which Spark compares row by row with the
# plan of each stored DataFrame. So it must not make any.
LOCAL_THRESHOLD = "spark.sql.execution.arrow.localRelationThreshold"
_SETTING = Lock()  # the setting is that of a session, which several threads may use
ROW = "dedup_row"
POSTED = "position long, postings binary"
CUT_KEYS = "part int, hashes binary, counts binary"
FILTER = "start int, once binary, twice binary, frequent binary"
EXCHANGED = "part int, is_query boolean, keys binary, rows binary, needs binary"
LISTS_FOUND = ", ".join(["part int", *(f"{name} binary" for name in FOUND_COLUMNS)])
CANDIDATES = "position long, candidates array<long>, is_crowded boolean"
MATCHES = "position long, candidate long, similarity double"
GROUP = ["group", "group_part"]


class SparkStages:
    """The stages for the texts of one call; a context, whose exit frees what was stored.

    Parameters
    ----------
    config
        The settings; ``keep`` is not ``"auto"``.
    texts
        ``dedup_row``, the number of each row, and ``text``.
    """

    def __init__(self, config: Config, texts: DataFrame) -> None:
        self._config, self._texts, self._session = config, texts, texts.sparkSession
        self._has_checkpoints = self._session.sparkContext.getCheckpointDir() is not None
        self._key_counts: dict[str, int] = {}  # by column
        self._frequent = np.empty(0, np.uint64)
        self._stored: list[DataFrame] = []
        self._description = self._session.sparkContext.getLocalProperty(DESCRIPTION)

    def __enter__(self) -> Self:
        """Return this object."""
        return self

    def __exit__(self, *_: object) -> None:
        """Free the DataFrames that were stored."""
        for rows in self._stored:
            rows.unpersist()
        before: Any = self._description  # None unsets it
        self._session.sparkContext.setLocalProperty(DESCRIPTION, before)

    def look_up(
        self, queried: DataFrame, posted: DataFrame, asked: KeyFilter | None = None
    ) -> DataFrame:
        """Return the candidates of rows among the rows that are posted.

        Parameters
        ----------
        asked
            A filter of the keys of ``queried``: other postings are left out.
        """
        if asked is not None:
            posted = self.run_stage(posted, keep_asked_postings, POSTED, asked=asked)
        tasks = -(-self._key_counts["postings"] // POSTINGS_PER_TASK)
        parts = max(self._session.sparkContext.defaultParallelism, tasks)
        settings = {"parts": parts, "frequent": self._frequent}
        cut = self.run_stage(queried, cut_queries, EXCHANGED, **settings).union(
            self.run_stage(posted, cut_postings, EXCHANGED, **settings)
        )
        lists = self.run_stage(
            cut.repartition(parts, "part"), find_lists, LISTS_FOUND, row_parts=parts
        )
        by_row = lists.repartition(parts, "part")
        return self.run_stage(by_row, rank_candidates, CANDIDATES, config=self._config)

    def compare(self, candidates: DataFrame) -> DataFrame:
        """Return the pairs that match, of rows and their ``candidates``: see ``MATCHES``."""
        pairs = self._grouped(candidates.where(F.size("candidates") > 0))
        as_members = pairs.select(*GROUP, F.explode("candidates").alias("position"))
        members = self.store(pairs.select(*GROUP, "position").union(as_members).distinct())
        numbered = members.select(
            *GROUP, "position", row_at(F.col("position"), self._config).alias(ROW)
        )
        numbered = sized(numbered, members.count())
        no_list, no_text = F.lit(None).cast("array<long>"), F.lit(None).cast("string")
        texts = self._texts.join(numbered, ROW)
        texts = texts.select(*GROUP, "position", "text", no_list.alias("candidates"))
        lists = pairs.select(*GROUP, "position", no_text.alias("text"), "candidates")
        together = texts.union(lists).repartition(*GROUP).sortWithinPartitions(*GROUP)
        found = self.run_stage(together, compare_groups, MATCHES, config=self._config)
        matches = self.truncate_plan(found)
        self.free(members)
        return matches

    @staticmethod
    def _grouped(pairs: DataFrame) -> DataFrame:
        """Put rows into groups of about GROUP_ROWS, those with the same first candidate into one.

        So a text is in few groups. If too many rows have the same first candidate, they are cut
        into parts.
        """
        pairs = pairs.withColumn("first", F.array_min("candidates"))
        groups = pairs.count() // GROUP_ROWS + 1
        sizes = pairs.groupBy("first").agg((F.count("*") / GROUP_ROWS).alias("size"))
        large = F.broadcast(sizes.where("size > 1"))
        parts = F.coalesce(F.ceil("size"), F.lit(1))
        part = F.pmod(F.xxhash64("position"), parts).cast("int")
        group = F.pmod(F.xxhash64("first"), F.lit(groups))
        columns = group.alias("group"), part.alias("group_part"), "position", "candidates"
        return pairs.join(large, "first", "left").select(*columns)

    def filter_of(self, rows: DataFrame, column: str, factor: int) -> KeyFilter:
        """Return the filter of a column of keys."""
        [(size,)] = rows.select(F.sum(F.length(column))).collect()
        self._key_counts[column] = count = (size or 0) // KEY_BYTES
        words = words_for(count)
        cut = self.run_stage(rows.select(column), cut_keys, CUT_KEYS, column=column, factor=factor)
        parts = cut.repartition("part")
        filled = self.run_stage(parts, fill_parts, FILTER, words=words, factor=factor)
        return KeyFilter.of_parts(map(tuple, filled.collect()), words, factor)

    def begin(self, step: str) -> None:
        """Name the next jobs, for the web page of Spark."""
        self._session.sparkContext.setJobDescription(f"dedup: {step}")

    def store(self, rows: DataFrame) -> DataFrame:
        """Store rows on the disks of the workers when they are first used."""
        self._stored.append(rows.persist(STORAGE))
        return rows

    def free(self, *stored: DataFrame) -> None:
        """Free stored rows before the exit of this context."""
        for rows in stored:
            self._stored.remove(rows.unpersist())

    def truncate_plan(self, rows: DataFrame) -> DataFrame:
        """Compute rows, and return them in a DataFrame whose plan only reads them.

        The plan of a stored DataFrame contains the plans of all that it was computed from, several
        times over: after two rounds they fill the memory of the driver. So the rows go to the
        checkpoint folder, or to the driver if the session has none.
        """
        if self._has_checkpoints:
            rows = rows.checkpoint()
            return sized(rows, rows.count())
        return self.frame_of(rows.toArrow())

    def frame_of(self, table: pa.Table) -> DataFrame:
        """Return a table of the driver as a DataFrame."""
        settings = self._session.conf
        with _SETTING:
            before = settings.get(LOCAL_THRESHOLD, None)
            settings.set(LOCAL_THRESHOLD, 0)
            try:
                return sized(self._session.createDataFrame(table), len(table))
            finally:
                settings.unset(LOCAL_THRESHOLD)
                if before is not None:
                    settings.set(LOCAL_THRESHOLD, before)

    @staticmethod
    def run_stage(
        rows: DataFrame,
        stage: Callable[..., Iterator[pa.RecordBatch]],
        schema: str,
        **settings: Any,  # noqa: ANN401
    ) -> DataFrame:
        """Run a function of ``dedup.cluster`` on the batches of a DataFrame."""
        return rows.mapInArrow(partial(stage, **settings), schema)


def sized(rows: DataFrame, count: int) -> DataFrame:
    """Return rows that are sent to all workers in a join, if they are small enough.

    Spark does not know the size of rows that it has not computed from files or stored itself.
    """
    is_array = [isinstance(field.dataType, ArrayType) for field in rows.schema]
    row_bytes = sum(ARRAY_BYTES if array else NUMBER_BYTES for array in is_array)
    return F.broadcast(rows) if count * row_bytes <= BROADCAST_BYTES else rows
