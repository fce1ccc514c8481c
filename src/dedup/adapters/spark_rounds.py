"""The rounds of ``dedup.adapters.spark.deduplicate``: the stages of ``dedup.cluster`` on Spark."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Self

import numpy as np
import pyarrow as pa
from pyspark import StorageLevel
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812  as in the manual of Spark

from dedup.arrays.array_types import I64
from dedup.arrays.native import has_core
from dedup.cluster.compared_pairs import GROUP_ROWS, compare_groups
from dedup.cluster.first_fit import MatchingPairs, find_removed
from dedup.cluster.hashed_rows import (
    hash_rows,
    keep_asked_postings,
    keep_posted_queries,
    post_queries,
    post_rows,
)
from dedup.cluster.key_exchange import FOUND_COLUMNS, cut_postings, cut_queries, find_lists
from dedup.cluster.key_filter import (
    ASKED_FACTOR,
    POSTED_FACTOR,
    KeyFilter,
    cut_keys,
    fill_parts,
    words_for,
)
from dedup.cluster.one_task import deduplicate_in_one_task
from dedup.cluster.ranked_candidates import rank_candidates
from dedup.cluster.row_positions import row_at
from dedup.config import Config

# So many are decided by one task, much faster than by a hundred jobs.
ONE_TASK_ROWS, ONE_TASK_BYTES = 10_000, 1 << 28
MAX_ROUNDS = 20  # then one task decides
BROADCAST_ROWS = 1_000_000  # so many rows are sent to all workers; more are sorted and merged
POSTINGS_PER_TASK = 4_000_000  # that are looked up
STORAGE = StorageLevel.DISK_ONLY
KEY_BYTES = 4
ROW = "dedup_row"
HASHED = """position long, high long, low long, key_count long, min_shared long, fewest long,
    queries binary"""
POSTED = "position long, postings binary"
CUT_KEYS = "part int, hashes binary, counts binary"
FILTER = "start int, once binary, twice binary, frequent binary"
EXCHANGED = "part int, is_query boolean, keys binary, rows binary, needs binary"
LISTS_FOUND = ", ".join(["part int", *(f"{name} binary" for name in FOUND_COLUMNS)])
CANDIDATES = "position long, candidates array<long>, is_crowded boolean"
MATCHES = "position long, candidate long, similarity double"
WITNESS_ROW, PAIR_SIMILARITY = "dedup_witness_row", "dedup_similarity"
REMOVED = f"{ROW} long, {WITNESS_ROW} long, {PAIR_SIMILARITY} float"
GROUP = ["group", "group_part"]


class SparkRounds:
    """Decides the rows of one call.

    Parameters
    ----------
    config
        The settings; ``keep`` is not ``"auto"``.
    texts
        ``dedup_row``, the number of each row, and ``text``.
    count
        The number of rows.
    """

    def __init__(self, config: Config, texts: DataFrame, count: int) -> None:
        self._config, self._texts, self._session = config, texts, texts.sparkSession
        self._count = count
        self._key_counts: dict[str, int] = {}  # by column
        self._frequent = np.empty(0, np.uint64)
        self._stored: list[DataFrame] = []
        self._description = self._session.sparkContext.getLocalProperty("spark.job.description")

    def __enter__(self) -> Self:
        """Return this object."""
        return self

    def __exit__(self, *_: object) -> None:
        """Free the DataFrames that were stored."""
        for rows in self._stored:
            rows.unpersist()
        self._session.sparkContext.setJobDescription(self._description or "")

    def removed_rows(self) -> DataFrame:
        """Return ``dedup_row``, ``dedup_witness_row`` and ``dedup_similarity`` of removed rows."""
        config = self._config
        is_spread = config.measure == "jaccard" or config.unit != "char"
        found = self._removed_in_rounds() if is_spread and not self._are_few() else None
        if found is None:
            self._begin("decide in one task")
            one_task = self._texts.repartition(1)
            decide = partial(deduplicate_in_one_task, config=config)
            table = one_task.mapInArrow(decide, REMOVED).toArrow()
        else:
            rows, witnesses = row_at(found.position, config), row_at(found.candidate, config)
            columns = rows, witnesses, found.similarity.astype(np.float32)
            table = pa.table([*columns], [ROW, WITNESS_ROW, PAIR_SIMILARITY])
        return self._session.createDataFrame(table, REMOVED)

    def _are_few(self) -> bool:
        """Tell whether the texts are so few that one task decides them faster."""
        if self._count > ONE_TASK_ROWS:
            return False
        [(size,)] = self._texts.agg(F.sum(F.octet_length("text"))).collect()
        return (size or 0) <= ONE_TASK_BYTES

    def _removed_in_rounds(self) -> MatchingPairs | None:
        """Return the removed rows with their witnesses, or None if one task must decide."""
        self._begin("hash texts")
        settings = {"config": self._config, "by_core": has_core()}
        hashed = self._store(self._map(self._texts, hash_rows, HASHED, **settings))
        copies = self._store(_exact_copies(hashed))
        queries = hashed.join(copies, "position", "left_anti")
        asked = self._filter_of(queries, "queries", ASKED_FACTOR)
        self._begin("post keys")
        if self._config.measure == "jaccard":
            postings = self._map(queries, post_queries, POSTED, asked=asked)
        else:
            posted = self._map(self._texts, post_rows, POSTED, asked=asked, config=self._config)
            postings = posted.join(copies, "position", "left_anti")
        postings = self._store(postings)
        kept = self._filter_of(postings, "postings", POSTED_FACTOR)
        queries = self._store(self._map(queries, keep_posted_queries, HASHED, posted=kept))
        self._frequent = asked.frequent
        self._begin("look up and compare")
        pairs = self._store(self._look_up(queries, postings))
        matches = self._compare(pairs)
        crowded = pairs.where("is_crowded").toArrow()
        if len(crowded):
            self._begin("look up crowded rows again")
            settled = self._settle(queries, postings, matches, crowded)
            if settled is None:
                return None
            matches = settled
        removed = find_removed(matches)
        found = matches.best(~np.isin(matches.candidate, removed), self._config)
        self._begin("look up copies of removed rows")
        return self._with_copies(found, copies, hashed, postings)

    def _settle(
        self, queries: DataFrame, postings: DataFrame, matches: MatchingPairs, crowded: pa.Table
    ) -> MatchingPairs | None:
        """Return the pairs that match when the posting lists have the kept rows only.

        The candidates of a crowded row depend on which rows are kept, those of other rows do not.
        So crowded rows are looked up again, among the kept rows, until two successive rounds
        remove the same rows. Then each row was decided by the lists of the kept rows, as on one
        machine.

        Parameters
        ----------
        matches
            The pairs that match, as if all rows were kept.
        crowded
            The candidates of the crowded rows, likewise.

        Returns
        -------
        MatchingPairs
            Or None, if MAX_ROUNDS do not suffice.
        """
        positions = crowded["position"].combine_chunks()
        queried = self._store(self._at_positions(queries, positions))
        is_crowded = np.isin(matches.position, positions.to_numpy())
        of_others, matches = matches.select(~is_crowded), matches.select(is_crowded)
        compared, removed = _pairs_of(crowded), find_removed(matches.joined(of_others))
        for _ in range(MAX_ROUNDS):
            kept = self._without_positions(postings, removed)
            pairs = _pairs_of(self._look_up(queried, kept, few=True).toArrow())
            new = pairs.select(~pairs.are_in(compared))
            if len(new):
                lists = self._session.createDataFrame(new.as_lists())
                matches = matches.joined(self._compare(lists))
                compared = compared.joined(new)
            current = matches.select(matches.are_in(pairs)).joined(of_others)
            before, removed = removed, find_removed(current)
            if np.array_equal(before, removed):
                return current
        return None

    def _with_copies(
        self, found: MatchingPairs, copies: DataFrame, hashed: DataFrame, postings: DataFrame
    ) -> MatchingPairs | None:
        """Add the exact copies of kept and of removed rows.

        A copy of a removed row is looked up like any other row, since a better witness may come
        between the two. Returns None if such a copy is kept: later rows may match it.
        """
        table = copies.toArrow()
        position, first = (table[name].to_numpy() for name in ("position", "representative"))
        of_removed = np.isin(first, found.position)
        found = found.joined(
            MatchingPairs(position, first, np.ones(len(first))).select(~of_removed)
        )
        if not of_removed.any():
            return found
        queried = self._at_positions(hashed, pa.array(position[of_removed]))
        kept = self._without_positions(postings, found.position)
        pairs = self._store(self._look_up(queried, kept, few=True))
        matches = self._compare(pairs)
        more = matches.best(np.ones(len(matches), np.bool_), self._config)
        return found.joined(more) if len(more) == of_removed.sum() else None

    def _look_up(self, queried: DataFrame, posted: DataFrame, *, few: bool = False) -> DataFrame:
        """Return the candidates of rows among the rows that are posted.

        Parameters
        ----------
        few
            Whether few rows are queried: then postings that they do not ask for are left out.
        """
        if few:
            asked = self._filter_of(queried, "queries", ASKED_FACTOR)
            posted = self._map(posted, keep_asked_postings, POSTED, asked=asked)
        parts = self._tasks(self._key_counts["postings"])
        settings = {"parts": parts, "frequent": self._frequent}
        cut = self._map(queried, cut_queries, EXCHANGED, **settings).union(
            self._map(posted, cut_postings, EXCHANGED, **settings)
        )
        lists = self._map(cut.repartition(parts, "part"), find_lists, LISTS_FOUND, row_parts=parts)
        by_row = lists.repartition(parts, "part")
        return self._map(by_row, rank_candidates, CANDIDATES, config=self._config)

    def _tasks(self, postings: int) -> int:
        return max(self._session.sparkContext.defaultParallelism, -(-postings // POSTINGS_PER_TASK))

    def _compare(self, candidates: DataFrame) -> MatchingPairs:
        """Return the pairs that match, of rows and their candidates."""
        pairs = self._grouped(candidates.where(F.size("candidates") > 0))
        as_members = pairs.select(*GROUP, F.explode("candidates").alias("position"))
        members = self._store(pairs.select(*GROUP, "position").union(as_members).distinct())
        numbered = members.select(
            *GROUP, "position", row_at(F.col("position"), self._config).alias(ROW)
        )
        if members.count() <= BROADCAST_ROWS:
            numbered = F.broadcast(numbered)
        no_list, no_text = F.lit(None).cast("array<long>"), F.lit(None).cast("string")
        texts = self._texts.join(numbered, ROW)
        texts = texts.select(*GROUP, "position", "text", no_list.alias("candidates"))
        lists = pairs.select(*GROUP, "position", no_text.alias("text"), "candidates")
        together = texts.union(lists).repartition(*GROUP).sortWithinPartitions(*GROUP)
        table = self._map(together, compare_groups, MATCHES, config=self._config).toArrow()
        columns = (table[name].to_numpy() for name in ("position", "candidate", "similarity"))
        return MatchingPairs(*columns)

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

    def _filter_of(self, rows: DataFrame, column: str, factor: int) -> KeyFilter:
        """Return the filter of a column of keys."""
        [(size,)] = rows.select(F.sum(F.length(column))).collect()
        self._key_counts[column] = count = (size or 0) // KEY_BYTES
        words = words_for(count)
        cut = self._map(rows.select(column), cut_keys, CUT_KEYS, column=column, factor=factor)
        parts = cut.repartition("part")
        filled = self._map(parts, fill_parts, FILTER, words=words, factor=factor)
        return KeyFilter.of_parts(map(tuple, filled.collect()), words, factor)

    def _at_positions(self, rows: DataFrame, positions: pa.Array) -> DataFrame:
        wanted = self._session.createDataFrame(pa.table([positions], ["position"]))
        return rows.join(wanted, "position", "left_semi")

    def _without_positions(self, rows: DataFrame, positions: I64) -> DataFrame:
        left_out = self._session.createDataFrame(pa.table([positions], ["position"]))
        return rows.join(left_out, "position", "left_anti")

    def _begin(self, step: str) -> None:
        """Name the next jobs, for the web page of Spark."""
        self._session.sparkContext.setJobDescription(f"dedup: {step}")

    def _store(self, rows: DataFrame) -> DataFrame:
        self._stored.append(rows.persist(STORAGE))
        return rows

    @staticmethod
    def _map(
        rows: DataFrame,
        stage: Callable[..., Iterator[pa.RecordBatch]],
        schema: str,
        **settings: Any,  # noqa: ANN401
    ) -> DataFrame:
        return rows.mapInArrow(partial(stage, **settings), schema)


def _exact_copies(hashed: DataFrame) -> DataFrame:
    """Return the exact copies of earlier rows, and the first row of which they are copies."""
    fingerprint = ["high", "low"]
    groups = (
        hashed.groupBy(*fingerprint)
        .agg(F.min("position").alias("representative"), F.count("*").alias("count"))
        .where("count > 1")
    )
    copies = hashed.select("position", *fingerprint).join(groups, fingerprint)
    return copies.where("position != representative").select("position", "representative")


def _pairs_of(candidates: pa.Table) -> MatchingPairs:
    """Return pairs of rows and candidates, without a similarity."""
    lists = candidates["candidates"].combine_chunks()
    lengths = lists.value_lengths().to_numpy()
    position = np.repeat(candidates["position"].to_numpy(), lengths)
    return MatchingPairs(position, lists.flatten().to_numpy(), np.zeros(len(position)))
