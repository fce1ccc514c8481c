"""Frames of pandas, polars, Arrow and Hugging Face in, and frames of the same type out.

>>> import pandas as pd
>>> story = "The ferry was late again, and nobody on the pier could say why it was so."
>>> unique(pd.DataFrame({"text": [story, story.upper()]}, index=["mon", "tue"])).index.tolist()
['mon']
"""

from typing import Any, cast

from dedup.adapters import hugging_face
from dedup.adapters.row_decisions import Decider, F, KeepOf, kind_of
from dedup.config import ConfigLike
from dedup.index.stream import IfSeen, IndexFilter, IndexOrPath
from dedup.index.write import OnConflict


def unique(  # noqa: PLR0913  one function, to be read as one sentence
    frame: F,
    text: str = "text",
    config: ConfigLike | None = None,
    *,
    id: str | None = None,  # noqa: A002  what it is called everywhere
    index: IndexOrPath | None = None,
    keep: KeepOf | None = None,
    if_seen: IfSeen = "drop",
    on_conflict: OnConflict = "update",
    **overrides: Any,  # noqa: ANN401
) -> F:
    """Return the rows of a frame that stay.

    Parameters
    ----------
    frame
        A ``DataFrame`` of pandas or polars; a ``Table``, ``RecordBatch`` or ``RecordBatchReader``
        of pyarrow; a ``Dataset`` or ``IterableDataset`` of Hugging Face, or a dict of them.
    text
        The name of the column of texts. Rows without a text stay.
    config
        The settings, or the name of a preset; those of the index when None.
    id
        The name of a column of ids, strings or whole numbers. When None the rows are numbered from
        0; with an ``index`` an id is made of the text, as by ``dedup.unique``.
    index
        What was seen before, and where to add what is new: an ``Index``, or the path or address of
        one. When None the rows are compared with each other alone.
    keep
        Which copy stays, as for ``dedup.deduplicate``, or the one of the greatest or least number
        or date in a column: ``"max:COLUMN"``, ``"min:COLUMN"``. With an ``index``, or from a
        reader or stream, always the first.
    if_seen, on_conflict
        With an ``index``, as for ``dedup.unique``.
    **overrides
        Single settings, as in ``unique(frame, threshold=0.9)``.

    Returns
    -------
    frame
        Of the same type, with its rows in order, and labels, types and metadata as they were. A
        ``RecordBatchReader`` is decided batch by batch, as it is read; the index is open meanwhile.
        An ``IterableDataset`` is decided whenever it is read, 1000 rows at once.

    Raises
    ------
    InputError
        When it is no frame, has no such column, or ids that are none.
    TextTypeError
        When the column is none of texts.
    ConfigError
        When a setting is unknown or outside its range, or has no effect.

    Notes
    -----
    A ``DataFrame``, ``Table`` or ``RecordBatch`` is added to the index in one transaction. A
    ``Dataset`` or stream is added in batches of up to 1000 rows, a ``RecordBatchReader`` batch by
    batch. If reading stops early, the rows read so far are in the index; pass ``id`` and
    ``if_seen="keep"`` to get them again, also when a stream with an index is read a second time. A
    stream without an index starts with an empty one each time. The splits of a ``DatasetDict`` are
    compared with each other; with an index, in the order of the dict.

    Examples
    --------
    >>> import dedup, pyarrow as pa
    >>> story = "The ferry was late again, and nobody on the pier could say why it was so."
    >>> seen = dedup.Index()
    >>> for day in (["Something else.", story], [story.upper(), "News of today."]):
    ...     print(unique(pa.table({"text": day}), index=seen).num_rows)
    2
    1
    >>> from datasets import Dataset
    >>> rows = Dataset.from_dict({"url": ["a", "b"], "text": [story, story.upper()]})
    >>> stream = rows.to_iterable_dataset()
    >>> [row["url"] for row in unique(stream, id="url", index=dedup.Index())]
    ['a']
    """
    index_filter = IndexFilter(index, config, overrides, id is not None, if_seen, on_conflict)
    return _decided(frame, Decider(text, id, keep, index_filter))


def annotate(  # noqa: PLR0913  as unique
    frame: F,
    text: str = "text",
    config: ConfigLike | None = None,
    *,
    id: str | None = None,  # noqa: A002  what it is called everywhere
    index: IndexOrPath | None = None,
    keep: KeepOf | None = None,
    if_seen: IfSeen = "drop",
    on_conflict: OnConflict = "update",
    **overrides: Any,  # noqa: ANN401
) -> F:
    """Return a frame with what ``unique`` would do with each row, in three more columns.

    ``dedup_keep`` is whether it stays; ``dedup_witness`` the id of the row, or of what the index
    has, that a row repeats, and ``dedup_similarity`` how similar the two are: both null for rows
    that stay. Ids are 64-bit whole numbers where those of the frame are (as row numbers are), and
    else strings.

    Parameters
    ----------
    frame, text, config, id, index, keep, if_seen, on_conflict, **overrides
        As for ``unique``.

    Raises
    ------
    InputError, TextTypeError, ConfigError
        As by ``unique``; and when the frame has columns of these names.

    Examples
    --------
    >>> import polars as pl
    >>> story = "The ferry was late again, and nobody on the pier could say why it was so."
    >>> frame = pl.DataFrame({"url": ["a", "b"], "text": [story, story.upper()]})
    >>> annotate(frame, id="url").drop("text").row(1)
    ('b', False, 'a', 1.0)
    """
    index_filter = IndexFilter(index, config, overrides, id is not None, if_seen, on_conflict)
    return _decided(frame, Decider(text, id, keep, index_filter, annotates=True))


def _decided(frame: F, decider: Decider) -> F:
    if kind_of(frame)[0] == "datasets":
        return cast("F", hugging_face.decided(frame, decider))
    return decider.decided(frame)
