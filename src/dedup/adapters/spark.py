"""Spark: the functions of ``dedup`` for a DataFrame on a cluster.

Needs ``pip install 'dedup-clean[spark]'``, on the workers, too, and Java 17 or 21.

>>> import dedup.adapters.spark as dedup_spark  # doctest: +SKIP
>>> marked = dedup_spark.deduplicate(news, order="date_and_number")  # doctest: +SKIP
"""

from dataclasses import replace
from functools import partial
from typing import Any, Literal

import numpy as np

from dedup.arrays.tabular import import_optional
from dedup.config import Config, ConfigLike
from dedup.datasets.formats.record_format import ANNOTATION_FIELDS
from dedup.errors import ConfigError, InputError

import_optional("pyspark")  # the error names the command that installs it

from pyspark.sql import DataFrame  # noqa: E402
from pyspark.sql import functions as F  # noqa: E402, N812  as in the manual of Spark
from pyspark.sql.types import IntegerType, IntegralType, StructField, StructType  # noqa: E402

from dedup.adapters.spark_rounds import ROW, STORAGE, SparkRounds  # noqa: E402
from dedup.cluster.cleaned_rows import clean_rows  # noqa: E402
from dedup.cluster.row_positions import LAST_ROW  # noqa: E402

REMOVED_BLOCKS = "dedup_removed_blocks"
_ORDER = "dedup_order"
_PLACE_BITS = 33  # of ``monotonically_increasing_id``


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
        The column of ids, which name the witnesses.
    order
        The column that orders the rows, another value in each row: the order of the list that
        ``dedup.deduplicate`` would get. Whole numbers from 0 to 137 billion save a sort.
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
        If a setting is unknown or outside its range, or a column is missing.
    InputError
        If two rows have the same value of ``order``, or a row has none.

    Notes
    -----
    One task decides all rows by containment of letters (``unit="char"``, as in the preset
    ``short``), and where 20 rounds do not suffice, as may be with low thresholds: it needs memory
    for all texts. See ``docs/decisions/0027-cluster.md``.
    """
    config = Config.of(config, overrides)
    if config.keep == "auto":
        config = replace(config, keep="longest")
    if removed not in ("mark", "drop"):
        raise ConfigError.of("removed", f"must be mark or drop, got {removed!r}")
    order = id if order is None else order
    _check_columns(df, {text, id, order}, {ROW, _ORDER, *ANNOTATION_FIELDS})
    numbered = _number_rows(df, order)
    with SparkRounds(config, numbered.select(ROW, F.col(text).alias("text"))) as rounds:
        decided = rounds.removed_rows()
    if removed == "drop":
        return numbered.join(decided, ROW, "left_anti").select(*df.columns)
    witness = numbered.select(F.col(ROW).alias("witness_row"), F.col(id).alias("witness"))
    marked = numbered.join(decided.join(witness, "witness_row", "left"), ROW, "left")
    added = F.col("witness_row").isNull(), F.col("witness"), F.col("similarity")
    columns = [column.alias(name) for column, name in zip(added, ANNOTATION_FIELDS, strict=True)]
    return marked.select(*df.columns, *columns)


def clean(
    df: DataFrame,
    text: str = "text",
    config: ConfigLike | None = None,
    **overrides: Any,  # noqa: ANN401
) -> DataFrame:
    """Remove what repeats within each text, as ``dedup.clean`` does.

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
    _check_columns(df, {text}, {REMOVED_BLOCKS})
    schema = StructType([*df.schema, StructField(REMOVED_BLOCKS, IntegerType())])
    stage = partial(clean_rows, text=text, added=REMOVED_BLOCKS, config=config)
    return df.mapInArrow(stage, schema)


def _check_columns(df: DataFrame, wanted: set[str], added: set[str]) -> None:
    for name in sorted(wanted):
        if name not in df.columns:
            raise ConfigError(f"there is no column {name}; the columns are {', '.join(df.columns)}")
    for name in sorted(added):
        if name in df.columns:
            raise ConfigError(f"the DataFrame has a column {name} already; rename it")


def _number_rows(df: DataFrame, order: str) -> DataFrame:
    """Return a DataFrame with the numbers of its rows, which ascend as ``order`` does.

    Raises
    ------
    InputError
        If two rows have the same value of ``order``, or a row has none.
    """
    values = df.select(F.col(order).alias("value"))
    counts = values.agg(F.count("*"), F.count("value"), F.count_distinct("value"))
    [(rows, with_value, distinct)] = counts.collect()
    if rows != distinct:
        problem = "some rows have none" if with_value < rows else "some rows have the same"
        raise InputError(f"column {order} must have another value in each row; {problem}")
    if isinstance(values.schema["value"].dataType, IntegralType) and rows:
        [(least, most)] = values.agg(F.min("value"), F.max("value")).collect()
        if 0 <= least <= most <= LAST_ROW:
            return df.withColumn(ROW, F.col(order).cast("long"))
    # In sorted partitions the id has the partition in its upper bits, the place in the others.
    placed = values.sort("value").withColumn("place", F.monotonically_increasing_id())
    placed = placed.persist(STORAGE)
    partition = F.shiftright("place", _PLACE_BITS)
    sizes = placed.groupBy(partition.alias("partition")).count().sort("partition").collect()
    firsts = np.cumsum([0, *(size["count"] for size in sizes)])[:-1].tolist()
    numbers = [size["partition"] for size in sizes]
    pairs = [value for pair in zip(numbers, firsts, strict=True) for value in pair]
    first = F.create_map(*map(F.lit, pairs))[partition] if pairs else F.lit(0)
    inside = F.col("place").bitwiseAND((1 << _PLACE_BITS) - 1)
    numbered = placed.select(F.col("value").alias(_ORDER), (first + inside).alias(ROW))
    return df.join(numbered, df[order] == F.col(_ORDER)).drop(_ORDER)
