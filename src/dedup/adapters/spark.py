"""Spark: the functions of ``dedup`` for a DataFrame on a cluster.

Needs ``pip install 'dedup-clean[spark]'``, on the workers, too, and Java 17 or 21.

>>> import dedup.adapters.spark as dedup_spark  # doctest: +SKIP
>>> marked = dedup_spark.deduplicate(news, order="date_and_number")  # doctest: +SKIP
"""

from dataclasses import replace
from functools import partial
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from dedup.arrays.tabular import import_optional
from dedup.config import Config, ConfigLike
from dedup.datasets.formats.record_format import ANNOTATION_FIELDS
from dedup.errors import ConfigError, InputError

import_optional("pyspark")  # the error names the command that installs it

from pyspark.sql import Column, DataFrame, Window  # noqa: E402
from pyspark.sql import functions as F  # noqa: E402, N812  as in the manual of Spark
from pyspark.sql.classic.dataframe import DataFrame as ClassicDataFrame  # noqa: E402
from pyspark.sql.types import (  # noqa: E402
    CharType,
    DateType,
    IntegerType,
    IntegralType,
    NumericType,
    StringType,
    StructField,
    StructType,
    TimestampNTZType,
    TimestampType,
    VarcharType,
)

from dedup.adapters.spark_rounds import WITNESS_ROW, SparkRounds  # noqa: E402
from dedup.adapters.spark_stages import ROW, sized  # noqa: E402
from dedup.boilerplate.patterns import (  # noqa: E402
    MIN_DF,
    Boilerplate,
    KeptPatterns,
    PatternRules,
)
from dedup.cluster.cleaned_rows import clean_group, clean_rows  # noqa: E402
from dedup.cluster.row_positions import LAST_ROW  # noqa: E402

REMOVED_BLOCKS = "dedup_removed_blocks"
_ORDER = "dedup_order"
ORDER_TYPES = (NumericType, StringType, DateType, TimestampType, TimestampNTZType)


def deduplicate(  # noqa: PLR0913  one function, to be read as one sentence
    df: DataFrame,
    text: str = "text",
    id: str = "id",  # noqa: A002  the same name everywhere
    *,
    order: str | None = None,
    config: ConfigLike | None = None,
    removed: Literal["mark", "drop"] = "mark",
    **overrides: Any,  # noqa: ANN401
) -> DataFrame:
    """Find near-duplicate texts in a DataFrame, with the decisions of ``dedup.deduplicate``.

    The decisions do not depend on partitions. They are made when this function is called.

    Parameters
    ----------
    df
        A DataFrame that has the same rows each time it is read.
    text
        The column of texts. Rows without a text are kept.
    id
        The column of ids, which name the witnesses. If ``order`` is another column, ids may repeat
        or be null; then they do not name one witness.
    order
        The column that orders the rows, unique and not null: the order of the list that
        ``dedup.deduplicate`` would get: numbers, strings, dates or timestamps. Whole numbers from 0
        to 137 billion save a sort.
        Default: ``id``.
    config
        The settings, or the name of a preset; ``Config()`` when None.
    removed
        ``"mark"``: return all rows and three more columns. ``"drop"``: return the kept rows.
    **overrides
        Single settings, as in ``deduplicate(df, threshold=0.9)``.

    Returns
    -------
    pyspark.sql.DataFrame
        With ``dedup_keep`` (boolean), ``dedup_witness`` (as ``id``) and ``dedup_similarity``
        (float): whether the row is kept, the id of the kept row that a removed row repeats, and
        their similarity. Witness and similarity of kept rows are null.

    Raises
    ------
    ConfigError
        If a setting is unknown or outside its range, a column is missing, or the DataFrame is one
        of Spark Connect.
    InputError
        If the values of ``order`` are not unique, or one is null.

    Notes
    -----
    One task decides all rows if they are few (10,000 rows, 256 MB of text), and with
    ``measure="containment"`` and ``unit="char"``, as in the preset ``short``: it needs memory for
    all texts. See ``docs/how-to/spark.md``.
    """
    config = Config.of(config, overrides)
    if config.keep == "auto":
        config = replace(config, keep="longest")
    if config.unit == "token":
        raise ConfigError.of("unit", "is token, for lists of tokens; on Spark texts are strings")
    if removed not in ("mark", "drop"):
        raise ConfigError.of("removed", f"must be mark or drop, got {removed!r}")
    if not isinstance(df, ClassicDataFrame):
        raise ConfigError(
            "deduplicate needs a DataFrame of PySpark without Spark Connect: run it in a job of "
            "spark-submit, or make the session with SparkSession.builder.master(...)"
        )
    order = id if order is None else order
    _check_columns(df, text, {id, order}, {ROW, WITNESS_ROW, _ORDER, *ANNOTATION_FIELDS})
    numbered, count = _number_rows(df, order)
    columns = [*map(_column, df.columns)]
    with SparkRounds(config, numbered.select(ROW, _column(text).alias("text"))) as rounds:
        decided = rounds.removed_rows(count)
    if removed == "drop":
        return numbered.join(decided, ROW, "left_anti").select(*columns)
    keep, witness, similarity = ANNOTATION_FIELDS
    ids = numbered.select(F.col(ROW).alias(WITNESS_ROW), _column(id).alias(witness))
    witnesses = sized(decided.join(ids, WITNESS_ROW), decided.count())
    marked = numbered.join(witnesses, ROW, "left")
    marked = marked.withColumn(keep, F.col(WITNESS_ROW).isNull())
    return marked.select(*columns, keep, witness, similarity)


def clean(
    df: DataFrame,
    text: str = "text",
    config: ConfigLike | None = None,
    **overrides: Any,  # noqa: ANN401
) -> DataFrame:
    """Remove the blocks that repeat within each text, as ``dedup.clean`` does.

    Parameters
    ----------
    df
        A DataFrame.
    text
        The column of texts.
    config, **overrides
        As for ``deduplicate``.

    Returns
    -------
    pyspark.sql.DataFrame
        With the clean texts in the column ``text``, and ``dedup_removed_blocks`` (integer), the
        number of blocks that were removed.

    Raises
    ------
    ConfigError
        If a setting is unknown or outside its range, or the column is missing.
    """
    config = Config.of(config, overrides)
    config.check_compares_parts("cleaning")
    _check_columns(df, text, set(), {REMOVED_BLOCKS})
    schema = StructType([*df.schema, StructField(REMOVED_BLOCKS, IntegerType())])
    stage = partial(clean_rows, text=text, added=REMOVED_BLOCKS, config=config)
    return df.mapInArrow(stage, schema)


def deduplicate_blocks(  # noqa: PLR0913
    df: DataFrame,
    text: str = "text",
    by: str | None = None,
    *,
    order: str = "id",
    min_df: float = MIN_DF,
    keep_patterns: KeptPatterns = (),
    boilerplate: Boilerplate = "first",
    config: ConfigLike | None = None,
    **overrides: Any,  # noqa: ANN401
) -> DataFrame:
    """Remove the blocks that recur in many texts, as ``dedup.deduplicate_blocks`` does.

    Parameters
    ----------
    df
        A DataFrame that has the same rows each time it is read.
    text
        The column of texts.
    by
        The column of groups, such as the site of each page. Each group is decided by itself, in one
        task that needs memory for all its texts. Rows without a value are one group. Default: all
        rows are one group.
    order
        The column that orders the rows, unique and not null: the first text that has a pattern may
        keep it.
    min_df, keep_patterns, boilerplate
        As for ``dedup.deduplicate_blocks``; ``min_df`` counts the texts of a group.
    config, **overrides
        As for ``deduplicate``.

    Returns
    -------
    pyspark.sql.DataFrame
        With the clean texts in the column ``text``, and ``dedup_removed_blocks`` (integer), the
        number of blocks that were removed.

    Raises
    ------
    ConfigError
        If a setting is unknown or outside its range, or a column is missing.
    InputError
        If the values of ``order`` are not unique, or one is null.
    """
    config = Config.of(config, overrides)
    config.check_compares_parts("boilerplate")
    rules = PatternRules(min_df, keep_patterns, boilerplate)
    more = {order} if by is None else {order, by}
    _check_columns(df, text, more, {ROW, _ORDER, REMOVED_BLOCKS})
    numbered, _ = _number_rows(df, order)
    names = {"text": text, "number": ROW, "added": REMOVED_BLOCKS}

    def stage(group: pa.Table) -> pa.Table:  # Spark needs its types, which a partial lacks
        return _in_utc(clean_group(group, **names, config=config, rules=rules))

    schema = StructType([*df.schema, StructField(REMOVED_BLOCKS, IntegerType())])
    rows = numbered.select(*map(_column, df.columns), ROW)
    groups = rows.groupBy() if by is None else rows.groupBy(_column(by))
    return groups.applyInArrow(stage, schema)


def _in_utc(rows: pa.Table) -> pa.Table:
    """Return rows whose timestamps have the time zone UTC, as ``applyInArrow`` expects them."""
    in_utc = pa.timestamp("us", "UTC")
    fields = [
        field.with_type(in_utc) if pa.types.is_timestamp(field.type) and field.type.tz else field
        for field in rows.schema
    ]
    return rows.cast(pa.schema(fields))


def _column(name: str) -> Column:
    """Return a column whose name may have dots, which otherwise name a field of a struct."""
    return F.col("`{}`".format(name.replace("`", "``")))


def _check_columns(df: DataFrame, text: str, more: set[str], added: set[str]) -> None:
    has_case = df.sparkSession.conf.get("spark.sql.caseSensitive") == "true"
    existing: dict[str, str] = {}
    for name in df.columns:
        key = name if has_case else name.casefold()
        if key in existing:
            raise ConfigError(f"columns {existing[key]} and {name} have the same name; rename one")
        existing[key] = name
    for name in sorted({text, *more}):
        if name not in df.columns:
            raise ConfigError(f"there is no column {name}; the columns are {', '.join(df.columns)}")
    kind = df.schema[text].dataType
    if not isinstance(kind, (StringType, VarcharType, CharType)):
        raise ConfigError(f"column {text} must have strings, it has {kind.simpleString()}")
    for name in sorted(added & existing.keys()):
        raise ConfigError(f"the DataFrame has a column {existing[name]} already; rename it")


def _number_rows(df: DataFrame, order: str) -> tuple[DataFrame, int]:
    """Return a DataFrame with the numbers of its rows, which ascend as ``order`` does, and a count.

    Raises
    ------
    ConfigError
        If the values of ``order`` cannot be ordered.
    InputError
        If two rows have the same value of ``order``, or a row has none.
    """
    values = df.select(_column(order).alias("value"))
    kind = values.schema["value"].dataType
    if not isinstance(kind, ORDER_TYPES):
        rule = "must have numbers, strings, dates or timestamps"
        raise ConfigError(f"column {order} {rule} to order rows, it has {kind.simpleString()}")
    is_whole = isinstance(kind, IntegralType)
    number = F.col("value") if is_whole else F.lit(-1)
    counts = values.agg(
        F.count("*"), F.count("value"), F.count_distinct("value"), F.min(number), F.max(number)
    )
    [(rows, with_value, distinct, least, most)] = counts.collect()
    if rows != distinct:
        problem = "have no value" if with_value < rows else "have the same value"
        raise InputError(f"column {order} must be unique and not null; some rows {problem}")
    if is_whole and rows and 0 <= least <= most <= LAST_ROW:
        return df.withColumn(ROW, _column(order).cast("long")), rows
    # The bounds cut the values into about equal groups; the numbers do not depend on them.
    partition = F.spark_partition_id().alias("partition")
    first = F.min("value").cast("string").alias("first")  # Python has no year 0
    firsts = values.sort("value").groupBy(partition).agg(first).collect()
    bounds = F.array(*(F.lit(row["first"]).cast(kind) for row in firsts))
    group = F.size(F.filter(bounds, lambda bound: bound <= F.col("value")))
    grouped = values.withColumn("group", group)
    sizes = dict(tuple(row) for row in grouped.groupBy("group").count().collect())
    starts = np.cumsum([0, *(sizes.get(number, 0) for number in range(max(sizes, default=0)))])
    start_of = F.array(*(F.lit(start) for start in starts.tolist()))
    place = F.row_number().over(Window.partitionBy("group").orderBy("value")) - 1
    number = F.element_at(start_of, F.col("group") + 1) + place
    numbers = grouped.select(F.col("value").alias(_ORDER), number.cast("long").alias(ROW))
    return df.join(numbers, _column(order) == F.col(_ORDER)).drop(_ORDER), rows
