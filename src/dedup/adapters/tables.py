"""``unique`` and ``annotate`` for frames of pandas, Polars, Arrow and Hugging Face.

The result has the type of the frame.

>>> import pandas as pd
>>> story = "The ferry was late again, and nobody on the pier could say why it was so."
>>> unique(pd.DataFrame({"text": [story, story.upper()]}, index=["mon", "tue"])).index.tolist()
['mon']
"""

from typing import Any, cast

from dedup.adapters import hugging_face
from dedup.adapters.row_decisions import (
    Frame,
    FrameDeduplicator,
    KeepOrPriority,
    library_and_class,
)
from dedup.config import ConfigLike
from dedup.index.stream import IfSeen, IndexFilter, IndexOrPath
from dedup.index.write import OnConflict


def unique(  # noqa: PLR0913  one function, to be read as one sentence
    frame: Frame,
    text: str = "text",
    config: ConfigLike | None = None,
    *,
    id: str | None = None,  # noqa: A002  the same name everywhere
    index: IndexOrPath | None = None,
    keep: KeepOrPriority | None = None,
    if_seen: IfSeen = "drop",
    on_conflict: OnConflict = "update",
    **overrides: Any,  # noqa: ANN401
) -> Frame:
    """Return a frame with its kept rows.

    Parameters
    ----------
    frame
        A ``DataFrame`` of pandas or polars; a ``Table``, ``RecordBatch`` or ``RecordBatchReader``
        of pyarrow; a ``Dataset``, ``IterableDataset``, ``DatasetDict`` or ``IterableDatasetDict``
        of Hugging Face.
    text
        The name of the column of texts. Rows without a text are kept.
    config
        The settings, or the name of a preset. Default: the settings of the index, or ``Config()``.
    id
        The name of a column of ids, strings or whole numbers. Default: the row numbers from 0; with
        an ``index``, ids that are made from the texts, as by ``dedup.unique``.
    index
        An ``Index`` of the earlier texts, or its path or URL; new texts are added to it. Default:
        the rows are only compared with each other.
    keep
        Which copy is kept, as for ``dedup.deduplicate``; or ``"max:COLUMN"``, ``"min:COLUMN"``: the
        copy with the greatest or least number or date in a column. With an ``index``, a reader or a
        stream the first copy is always kept.
    if_seen, on_conflict
        With an ``index``, as for ``dedup.unique``.
    **overrides
        Single settings, as in ``unique(frame, threshold=0.9)``.

    Returns
    -------
    frame
        A frame of the same type, with the same order of rows, labels, types and metadata. A
        ``RecordBatchReader`` is decided batch by batch, as it is read; the index is open meanwhile.
        An ``IterableDataset`` is decided each time it is read, 1000 rows at once.

    Raises
    ------
    InputError
        If ``frame`` is no frame, lacks a column, or has an id that is neither a string nor a whole
        number.
    TextTypeError
        If the column ``text`` has other values than strings and nulls.
    ConfigError
        If a setting is unknown or outside its range, or an option has no effect.

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
    return _deduplicated(frame, FrameDeduplicator(text, id, keep, index_filter))


def annotate(  # noqa: PLR0913  as unique
    frame: Frame,
    text: str = "text",
    config: ConfigLike | None = None,
    *,
    id: str | None = None,  # noqa: A002  the same name everywhere
    index: IndexOrPath | None = None,
    keep: KeepOrPriority | None = None,
    if_seen: IfSeen = "drop",
    on_conflict: OnConflict = "update",
    **overrides: Any,  # noqa: ANN401
) -> Frame:
    """Return a frame with all its rows and the decisions of ``unique`` in three more columns.

    ``dedup_keep`` is whether the row is kept, ``dedup_witness`` the id of the row or indexed text
    that it repeats, and ``dedup_similarity`` the similarity of the two. Witness and similarity are
    null for kept rows, except for an update of an indexed text that resembles another one. Witness
    ids are 64-bit integers if the ids of the frame are whole numbers (row numbers are), and
    otherwise strings.

    Parameters
    ----------
    frame, text, config, id, index, keep, if_seen, on_conflict, **overrides
        As for ``unique``.

    Raises
    ------
    InputError, TextTypeError, ConfigError
        As by ``unique``; also if the frame already has a column of one of these names.

    Examples
    --------
    >>> import polars as pl
    >>> story = "The ferry was late again, and nobody on the pier could say why it was so."
    >>> frame = pl.DataFrame({"url": ["a", "b"], "text": [story, story.upper()]})
    >>> annotate(frame, id="url").drop("text").row(1)
    ('b', False, 'a', 1.0)
    """
    index_filter = IndexFilter(index, config, overrides, id is not None, if_seen, on_conflict)
    return _deduplicated(frame, FrameDeduplicator(text, id, keep, index_filter, annotates=True))


def _deduplicated(frame: Frame, deduplicator: FrameDeduplicator) -> Frame:
    if library_and_class(frame)[0] == "datasets":
        return cast("Frame", hugging_face.deduplicate_dataset(frame, deduplicator))
    return deduplicator.deduplicate(frame)
