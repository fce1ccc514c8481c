"""The rounds of ``dedup.adapters.spark.deduplicate``: which rows are removed, and why."""

from functools import partial

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812  as in the manual of Spark

from dedup.adapters.spark_stages import POSTED, ROW, SparkStages, sized
from dedup.arrays.native import has_core
from dedup.cluster.first_fit import find_removed
from dedup.cluster.hashed_rows import hash_rows, keep_posted_queries, post_queries, post_rows
from dedup.cluster.key_filter import ASKED_FACTOR, POSTED_FACTOR
from dedup.cluster.one_task import deduplicate_in_one_task
from dedup.cluster.row_positions import row_at

# So many are decided by one task, much faster than by a hundred jobs.
ONE_TASK_ROWS, ONE_TASK_BYTES = 10_000, 1 << 28
MAX_ROUNDS = 20  # of crowded rows: then one task decides; of pairs: then the driver does
PAIRS_ON_DRIVER = 20_000_000  # that match: so many are decided there, in 26 s with 2.6 GB
HASHED = """position long, high long, low long, key_count long, min_shared long, fewest long,
    queries binary"""
WITNESS_ROW, PAIR_SIMILARITY = "dedup_witness_row", "dedup_similarity"
REMOVED = f"{ROW} long, {WITNESS_ROW} long, {PAIR_SIMILARITY} float"
PAIR_KEY, LIST_COLUMNS = ["position", "candidate"], ["position", "candidates"]


class SparkRounds(SparkStages):
    """Decides the rows of one call; parameters as of ``SparkStages``."""

    def removed_rows(self, count: int) -> DataFrame:
        """Return ``dedup_row``, ``dedup_witness_row`` and ``dedup_similarity`` of removed rows.

        Parameters
        ----------
        count
            The number of rows.
        """
        config = self._config
        is_spread = config.measure == "jaccard" or config.unit != "char"
        found = self._removed_in_rounds() if is_spread and not self._are_few(count) else None
        if found is None:
            self.begin("decide in one task")
            decide = partial(deduplicate_in_one_task, config=config)
            return self.truncate_plan(self._texts.repartition(1).mapInArrow(decide, REMOVED))
        rows, witnesses = (row_at(F.col(name), config) for name in PAIR_KEY)
        similarity = F.col("similarity").cast("float").alias(PAIR_SIMILARITY)
        columns = rows.alias(ROW), witnesses.alias(WITNESS_ROW), similarity
        return self.truncate_plan(found.select(*columns))

    def _are_few(self, count: int) -> bool:
        """Tell whether the texts are so few that one task decides them faster."""
        if count > ONE_TASK_ROWS:
            return False
        [(size,)] = self._texts.agg(F.sum(F.octet_length("text"))).collect()
        return (size or 0) <= ONE_TASK_BYTES

    def _removed_in_rounds(self) -> DataFrame | None:
        """Return the removed rows with their witnesses, or None if one task must decide."""
        self.begin("hash texts")
        settings = {"config": self._config, "by_core": has_core()}
        hashed = self.store(self.run_stage(self._texts, hash_rows, HASHED, **settings))
        copies = self.truncate_plan(_exact_copies(hashed))
        queries = hashed.join(copies, "position", "left_anti")
        asked = self.filter_of(queries, "queries", ASKED_FACTOR)
        self.begin("post keys")
        if self._config.measure == "jaccard":
            postings = self.run_stage(queries, post_queries, POSTED, asked=asked)
        else:
            posted = self.run_stage(
                self._texts, post_rows, POSTED, asked=asked, config=self._config
            )
            postings = posted.join(copies, "position", "left_anti")
        postings = self.store(postings)
        kept = self.filter_of(postings, "postings", POSTED_FACTOR)
        queries = self.store(self.run_stage(queries, keep_posted_queries, HASHED, posted=kept))
        self._frequent = np.union1d(asked.frequent, kept.frequent)
        self.begin("look up and compare")
        candidates = self.store(self.look_up(queries, postings))
        matches = self.compare(candidates)
        crowded = self.truncate_plan(candidates.where("is_crowded").select(*LIST_COLUMNS))
        if not crowded.isEmpty():
            self.begin("look up crowded rows again")
            settled = self._settle(queries, postings, matches, crowded)
            if settled is None:
                return None
            matches, removed = settled
        else:
            removed = self._find_removed(matches)
        removed = removed.withColumnRenamed("position", "candidate")
        found = self._best_witnesses(matches.join(removed, "candidate", "left_anti"))
        self.begin("look up copies of removed rows")
        return self._with_copies(found, copies, hashed, postings)

    def _settle(
        self, queries: DataFrame, postings: DataFrame, matches: DataFrame, crowded: DataFrame
    ) -> tuple[DataFrame, DataFrame] | None:
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
        tuple
            The pairs, and the rows that are removed. None if MAX_ROUNDS do not suffice.
        """
        queried = self.store(queries.join(crowded, "position", "left_semi"))
        of_others = matches.join(crowded, "position", "left_anti")
        removed = self._find_removed(matches)
        matches = matches.join(crowded, "position", "left_semi")
        asked = self.filter_of(queried, "queries", ASKED_FACTOR)
        compared = crowded.withColumnRenamed("candidates", "compared")
        for _ in range(MAX_ROUNDS):
            kept = postings.join(removed, "position", "left_anti")
            lists = self.truncate_plan(self.look_up(queried, kept, asked).select(*LIST_COLUMNS))
            both = self.store(compared.join(lists, "position", "left"))
            uncompared = F.expr("array_except(candidates, compared)").alias("candidates")
            new = self.store(both.select("position", uncompared))
            if not new.where(F.size("candidates") > 0).isEmpty():
                matches = matches.union(self.compare(new))
                all_compared = F.expr("array_union(compared, ifnull(candidates, array()))")
                compared = self.truncate_plan(
                    both.select("position", all_compared.alias("compared"))
                )
            self.free(both, new)
            listed = matches.join(lists, "position").where("array_contains(candidates, candidate)")
            current = listed.select(*matches.columns).union(of_others)
            before, removed = removed, self._find_removed(current)
            if _are_same(before, removed):
                return current, removed
        return None

    def _find_removed(self, matches: DataFrame) -> DataFrame:
        """Return the positions of the rows that are removed.

        A candidate without a pair of its own is kept, so the rows that match it are removed, and
        with them all their pairs. This is repeated (Blelloch, Fineman and Shun 2012) until few
        enough pairs remain for the driver to decide in order, MAX_ROUNDS times at most.
        """
        removed = []
        pairs = matches = matches.select(*PAIR_KEY)
        if self._has_checkpoints:  # else they are read once
            self.store(pairs)
        for _ in range(MAX_ROUNDS if self._has_checkpoints else 0):
            if matches.count() <= PAIRS_ON_DRIVER:
                break
            undecided = matches.select(F.col("position").alias("candidate")).distinct()
            of_kept = matches.join(undecided, "candidate", "left_anti")
            found = self.truncate_plan(of_kept.select("position").distinct())
            removed.append(found)
            as_candidates = found.withColumnRenamed("position", "candidate")
            matches = matches.join(found, "position", "left_anti")
            matches = self.truncate_plan(matches.join(as_candidates, "candidate", "left_anti"))
        table = matches.toArrow()
        if self._has_checkpoints:
            self.free(pairs)
        rest = find_removed(*(table[name].to_numpy() for name in PAIR_KEY))
        decided = self.frame_of(pa.table([rest], ["position"]))
        for rows in removed:
            decided = decided.union(rows)
        return sized(decided, decided.count()) if removed else decided

    def _best_witnesses(self, matches: DataFrame) -> DataFrame:
        """Return the pair of each row with its most similar candidate, the first of equals."""
        row = row_at(F.col("candidate"), self._config).alias("row")
        best = F.min(F.struct((-F.col("similarity")).alias("distance"), row, "candidate"))
        found = matches.groupBy("position").agg(best.alias("best"))
        similarity = (-F.col("best.distance")).alias("similarity")
        columns = "position", F.col("best.candidate").alias("candidate"), similarity
        return self.truncate_plan(found.select(*columns))

    def _with_copies(
        self, found: DataFrame, copies: DataFrame, hashed: DataFrame, postings: DataFrame
    ) -> DataFrame | None:
        """Add the exact copies of kept and of removed rows.

        A copy of a removed row is looked up like any other row, since a better witness may come
        between the two. Returns None if such a copy is kept: later rows may match it.
        """
        removed = found.select("position")
        firsts = removed.withColumnRenamed("position", "candidate")
        of_kept = copies.join(firsts, "candidate", "left_anti").withColumn("similarity", F.lit(1.0))
        found = found.union(of_kept.select(*found.columns))
        of_removed = self.store(copies.join(firsts, "candidate", "left_semi"))
        if of_removed.isEmpty():
            return found
        queried = self.store(hashed.join(of_removed, "position", "left_semi"))
        kept = postings.join(removed, "position", "left_anti")
        asked = self.filter_of(queried, "queries", ASKED_FACTOR)
        candidates = self.store(self.look_up(queried, kept, asked))
        more = self._best_witnesses(self.compare(candidates))
        return found.union(more) if more.count() == of_removed.count() else None


def _are_same(one: DataFrame, other: DataFrame) -> bool:
    """Tell whether two sets of positions are equal."""
    return one.count() == other.count() and one.join(other, "position", "left_anti").isEmpty()


def _exact_copies(hashed: DataFrame) -> DataFrame:
    """Return the exact copies of earlier rows, and the first row of which they are copies."""
    fingerprint = ["high", "low"]
    groups = (
        hashed.groupBy(*fingerprint)
        .agg(F.min("position").alias("candidate"), F.count("*").alias("count"))
        .where("count > 1")
    )
    copies = hashed.select("position", *fingerprint).join(groups, fingerprint)
    return copies.where("position != candidate").select("position", "candidate")
