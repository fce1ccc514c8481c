"""The rounds of ``dedup.adapters.spark.deduplicate``: the stages of ``dedup.cluster`` on Spark."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark import StorageLevel
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812  as in the manual of Spark

from dedup.arrays.array_types import I64
from dedup.cluster.compared_pairs import compare_pairs
from dedup.cluster.first_fit import MatchingPairs, find_removed
from dedup.cluster.hashed_rows import hash_rows, keep_asked_keys, keep_keys
from dedup.cluster.key_filter import KeyFilter, bits_for, filter_parts, merge_parts
from dedup.cluster.one_task import deduplicate_in_one_task
from dedup.cluster.ranked_candidates import ListedRows, find_in_lists, rank_candidates
from dedup.cluster.row_positions import row_at
from dedup.config import Config
from dedup.matching.candidates import MAX_POSTINGS

MAX_ROUNDS = 20  # then one task decides
BROADCAST_ROWS = 500_000  # so many rows are sent to all workers; more are sorted and merged
BROADCAST_POSTINGS = 20_000_000  # so many postings are sent to all workers: 250 MB, as lists
STORAGE = StorageLevel.DISK_ONLY
ROW = "dedup_row"
HASHED = """position long, high long, low long, key_count long, min_shared long,
    queries array<int>, postings array<int>"""
CANDIDATES = "position long, candidate long, is_crowded boolean"
MATCHES = "position long, candidate long, similarity double"
WITNESS_ROW, PAIR_SIMILARITY = "dedup_witness_row", "dedup_similarity"
REMOVED = f"{ROW} long, {WITNESS_ROW} long, {PAIR_SIMILARITY} float"
PLACES = "part int, once array<int>, twice array<int>"
FILTER = "part int, once binary, twice binary"


class SparkRounds:
    """Decides the rows of one call.

    Parameters
    ----------
    config
        The settings; ``keep`` is not ``"auto"``.
    texts
        ``dedup_row``, the number of each row, and ``text``.
    """

    def __init__(self, config: Config, texts: DataFrame) -> None:
        self._config, self._texts, self._session = config, texts, texts.sparkSession
        self._posting_count = 0
        self._stored: list[DataFrame] = []
        self._sent: list[Any] = []  # broadcasts

    def __enter__(self) -> Self:
        """Return this object."""
        return self

    def __exit__(self, *_: object) -> None:
        """Free the DataFrames that were stored."""
        for rows in self._stored:
            rows.unpersist()
        for sent in self._sent:
            sent.destroy()

    def removed_rows(self) -> DataFrame:
        """Return ``dedup_row``, ``dedup_witness_row`` and ``dedup_similarity`` of removed rows."""
        config, found = self._config, None
        is_spread = config.measure == "jaccard" or config.unit != "char"
        if is_spread:
            found = self._removed_in_rounds()
        if found is None:
            one_task = self._texts.repartition(1)
            decide = partial(deduplicate_in_one_task, config=config)
            table = one_task.mapInArrow(decide, REMOVED).toArrow()
        else:
            rows, witnesses = row_at(found.position, config), row_at(found.candidate, config)
            columns = rows, witnesses, found.similarity.astype(np.float32)
            table = pa.table([*columns], [ROW, WITNESS_ROW, PAIR_SIMILARITY])
        return self._session.createDataFrame(table, REMOVED)

    def _removed_in_rounds(self) -> MatchingPairs | None:
        """Return the removed rows with their witnesses, or None if one task must decide."""
        hashed = self._store(self._map(self._texts, hash_rows, HASHED, config=self._config))
        copies = self._store(_exact_copies(hashed))
        rows = hashed.join(copies, "position", "left_anti")
        asked = self._filter_of(rows, "queries")
        rows = self._store(self._map(rows, keep_asked_keys, HASHED, asked=asked))
        self._posting_count = _key_count(rows, "postings")
        posted = self._filter_of(rows, "postings")
        rows = self._map(rows, keep_keys, HASHED, column="queries", kept=posted)
        # Of a long text the sketch may share nothing, while a short text asks for its postings.
        rows = self._store(rows.where("size(queries) > 0 or size(postings) > 0"))
        pairs = self._store(self._look_up(rows, rows))
        matches = self._compare(pairs)
        crowded = pairs.where("is_crowded").toArrow()
        if len(crowded):
            settled = self._settle(rows, matches, crowded)
            if settled is None:
                return None
            matches = settled
        removed = find_removed(matches)
        found = matches.best(~np.isin(matches.candidate, removed), self._config)
        return self._with_copies(found, copies, hashed, rows)

    def _settle(
        self, rows: DataFrame, matches: MatchingPairs, crowded: pa.Table
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
        positions = pc.unique(crowded["position"])
        queried = self._store(self._at_positions(rows, positions))
        is_crowded = np.isin(matches.position, positions.to_numpy())
        of_others, matches = matches.select(~is_crowded), matches.select(is_crowded)
        compared, removed = _pairs_of(crowded), find_removed(matches.joined(of_others))
        for _ in range(MAX_ROUNDS):
            kept_rows = self._without_positions(rows, removed)
            pairs = _pairs_of(self._look_up(queried, kept_rows, few=True).toArrow())
            new = pairs.select(~pairs.are_in(compared))
            if len(new):
                table = pa.table([new.position, new.candidate], ["position", "candidate"])
                matches = matches.joined(self._compare(self._session.createDataFrame(table)))
                compared = compared.joined(new)
            current = matches.select(matches.are_in(pairs)).joined(of_others)
            before, removed = removed, find_removed(current)
            if np.array_equal(before, removed):
                return current
        return None

    def _with_copies(
        self, found: MatchingPairs, copies: DataFrame, hashed: DataFrame, rows: DataFrame
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
        kept_rows = self._without_positions(rows, found.position)
        pairs = self._store(self._look_up(queried, kept_rows, few=True))
        matches = self._compare(pairs)
        more = matches.best(np.ones(len(matches), np.bool_), self._config)
        return found.joined(more) if len(more) == of_removed.sum() else None

    def _look_up(self, queried: DataFrame, posted: DataFrame, *, few: bool = False) -> DataFrame:
        """Return the candidates of rows among the posted rows.

        Parameters
        ----------
        few
            Whether few rows are queried: then postings that they do not ask for are left out.
        """
        if few:
            asked = self._filter_of(queried, "queries")
            posted = self._map(posted, keep_keys, HASHED, column="postings", kept=asked)
            posted = posted.where("size(postings) > 0")
        if self._posting_count <= BROADCAST_POSTINGS:
            listed = ListedRows.of(posted.select("position", "postings").toArrow())
            sent = self._session.sparkContext.broadcast(listed)
            self._sent.append(sent)
            return self._map(queried, find_in_lists, CANDIDATES, lists=sent, config=self._config)
        lists = (
            posted.select("position", F.explode("postings").alias("key"))
            .groupBy("key")
            .agg(F.min_by("position", "position", MAX_POSTINGS).alias("list"))
        )
        row = ["position", "key_count", "min_shared"]
        earlier = F.filter("list", lambda other: other < F.col("position"))
        found = (
            queried.select(*row, F.explode("queries").alias("key"))
            .join(lists, "key")
            .select(*row, earlier.alias("list"))
            .where(F.size("list") > 0)
            .groupBy(*row)
            .agg(F.collect_list("list").alias("lists"))
        )
        return self._map(found, rank_candidates, CANDIDATES, config=self._config)

    def _compare(self, candidates: DataFrame) -> MatchingPairs:
        """Return the pairs that match, of rows and their candidates."""
        pairs = candidates.where(F.col("candidate").isNotNull())
        is_small = pairs.count() <= BROADCAST_ROWS

        def sent(rows: DataFrame) -> DataFrame:
            return F.broadcast(rows) if is_small else rows

        row, candidate_row = (
            row_at(F.col(name), self._config).alias(ROW) for name in ("position", "candidate")
        )
        other = F.struct(F.col("candidate").alias("position"), "text")
        grouped = (
            self._texts.join(sent(pairs.select("position", "candidate", candidate_row)), ROW)
            .groupBy("position")
            .agg(F.collect_list(other).alias("candidates"))
            .select("position", "candidates", row)
        )
        own_texts = self._texts.join(sent(pairs.select(row).distinct()), ROW, "left_semi")
        grouped = own_texts.join(grouped, ROW).select("position", "text", "candidates")
        table = self._map(grouped, compare_pairs, MATCHES, config=self._config).toArrow()
        columns = (table[name].to_numpy() for name in ("position", "candidate", "similarity"))
        return MatchingPairs(*columns)

    def _filter_of(self, rows: DataFrame, column: str) -> KeyFilter:
        """Return the filter of a column of keys."""
        bits = bits_for(_key_count(rows, column))
        parts = self._map(rows.select(column), filter_parts, PLACES, column=column, bits=bits)
        merged = self._map(parts.repartition("part"), merge_parts, FILTER, bits=bits)
        return KeyFilter.of_parts(map(tuple, merged.collect()), bits)

    def _at_positions(self, rows: DataFrame, positions: pa.Array) -> DataFrame:
        wanted = self._session.createDataFrame(pa.table([positions], ["position"]))
        return rows.join(wanted, "position", "left_semi")

    def _without_positions(self, rows: DataFrame, positions: I64) -> DataFrame:
        left_out = self._session.createDataFrame(pa.table([positions], ["position"]))
        return rows.join(left_out, "position", "left_anti")

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


def _key_count(rows: DataFrame, column: str) -> int:
    [(count,)] = rows.select(F.sum(F.size(column))).collect()
    return count or 0


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
    table = candidates.filter(pc.is_valid(candidates["candidate"]))
    position, candidate = (table[name].to_numpy() for name in ("position", "candidate"))
    return MatchingPairs(position, candidate, np.zeros(len(position)))
