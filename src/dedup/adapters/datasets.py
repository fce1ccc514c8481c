"""Datasets of Hugging Face's ``datasets`` in, and out of them what was not seen before.

>>> from datasets import Dataset
>>> story = "The ferry was late again, and nobody on the pier could say why it was so."
>>> unique(Dataset.from_dict({"text": [story, "Something else.", story.upper()]})).num_rows
2
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from dedup.adapters.dataset_changes import Batches, Changes
from dedup.adapters.row_decisions import Decider, KeepOf
from dedup.config import Settings
from dedup.index.index_filter import IfSeen, Place
from dedup.index.write import OnConflict

D = TypeVar("D")
BATCH = 1000


def unique(  # noqa: PLR0913  one function, to be read as one sentence
    dataset: D,
    text: str = "text",
    config: Settings | None = None,
    *,
    id: str | None = None,  # noqa: A002  what it is called everywhere
    index: Place | None = None,
    keep: KeepOf | None = None,
    if_seen: IfSeen = "drop",
    on_conflict: OnConflict = "update",
    batch_size: int = BATCH,
    num_proc: int | None = None,
    **overrides: Any,  # noqa: ANN401
) -> D:
    """Return the rows of a dataset that stay.

    Parameters
    ----------
    dataset
        A ``Dataset`` or ``DatasetDict``, which are decided now, or an ``IterableDataset``
        (``streaming=True``) or a dict of such, which are decided as they are read.
    text, config, id, keep, if_seen, on_conflict
        As for ``dedup.adapters.tables.unique``. Of a stream always the first copy stays.
    index
        What was seen before, and where to add what is new: an ``Index``, or the path or address of
        one. When None the rows are compared with each other alone, those of all splits of a
        ``DatasetDict`` together.
    batch_size
        How many rows are decided at once.
    num_proc
        How many processes share the work of a ``Dataset``. Each opens the index by its path; which
        copy is the first is then a matter of chance.
    **overrides
        Single settings, as in ``unique(dataset, threshold=0.9)``.

    Raises
    ------
    InputError, TextTypeError, ConfigError
        As by ``dedup.adapters.tables.unique``; for a stream when it is read.

    Notes
    -----
    Nothing is taken from the cache of ``datasets``, as the index may have changed. With an index
    splits are read in the order of the dict: put first what the others must not repeat.
    Of a run that was cut short the index has what was read: the next one yields it with
    ``if_seen="keep"``. So does a stream with an index that is read a second time; without one each
    reading begins anew.

    Examples
    --------
    >>> import dedup
    >>> from datasets import Dataset
    >>> story = "The ferry was late again, and nobody on the pier could say why it was so."
    >>> rows = Dataset.from_dict({"url": ["a", "b"], "text": [story, story.upper()]})
    >>> stream = rows.to_iterable_dataset()
    >>> [row["url"] for row in unique(stream, id="url", index=dedup.Index())]
    ['a']
    """
    decider = Decider.of(text, config, id, index, keep, if_seen, on_conflict, overrides)
    return cast("D", Changes(decider, batch_size, num_proc).of(dataset))


def annotate(  # noqa: PLR0913  as unique
    dataset: D,
    text: str = "text",
    config: Settings | None = None,
    *,
    id: str | None = None,  # noqa: A002  what it is called everywhere
    index: Place | None = None,
    keep: KeepOf | None = None,
    if_seen: IfSeen = "drop",
    on_conflict: OnConflict = "update",
    batch_size: int = BATCH,
    num_proc: int | None = None,
    **overrides: Any,  # noqa: ANN401
) -> D:
    """Return a dataset with what ``unique`` would do with each row, in three more columns.

    They are those of ``dedup.adapters.tables.annotate``.

    Parameters
    ----------
    dataset, text, config, id, index, keep, if_seen, on_conflict, batch_size,
    num_proc, **overrides
        As for ``unique``.

    Raises
    ------
    InputError, TextTypeError, ConfigError
        As by ``unique``; and when the dataset has columns of these names.

    Examples
    --------
    >>> from datasets import Dataset
    >>> story = "The ferry was late again, and nobody on the pier could say why it was so."
    >>> annotate(Dataset.from_dict({"text": [story, story.upper()]}))["dedup_witness"][:]
    [None, 0]
    """
    decider = Decider.of(
        text, config, id, index, keep, if_seen, on_conflict, overrides, annotates=True
    )
    return cast("D", Changes(decider, batch_size, num_proc).of(dataset))


def is_new(  # noqa: PLR0913  as unique
    index: Place,
    text: str = "text",
    config: Settings | None = None,
    *,
    id: str | None = None,  # noqa: A002  what it is called everywhere
    if_seen: IfSeen = "drop",
    on_conflict: OnConflict = "update",
    **overrides: Any,  # noqa: ANN401
) -> Callable[..., list[bool]]:
    """Return a function for ``dataset.filter(..., batched=True)``: which rows are new.

    Parameters
    ----------
    index, text, config, id, if_seen, on_conflict, **overrides
        As for ``unique``. By a path each process opens the index itself; one in memory is for one
        process, and ``datasets`` warns that it cannot be hashed.

    Raises
    ------
    ConfigError
        When a setting is unknown or outside its range, or has no effect.

    Notes
    -----
    To ``datasets`` no two uses of it are the same, so nothing is taken from its cache.

    Examples
    --------
    >>> import dedup
    >>> story = "The ferry was late again, and nobody on the pier could say why it was so."
    >>> is_new(dedup.Index())({"text": [story, story.upper(), "Something else."]})
    [True, False, True]
    """
    return Batches(Decider.of(text, config, id, index, None, if_seen, on_conflict, overrides))


def annotation(  # noqa: PLR0913  as unique
    index: Place,
    text: str = "text",
    config: Settings | None = None,
    *,
    id: str | None = None,  # noqa: A002  what it is called everywhere
    if_seen: IfSeen = "drop",
    on_conflict: OnConflict = "update",
    **overrides: Any,  # noqa: ANN401
) -> Callable[..., Any]:
    """Return a function for ``dataset.map(..., batched=True)``: the columns that ``annotate`` adds.

    ``datasets`` takes the types of new columns from the first batch, where there may be no copy and
    so no witness: ``map`` then needs its ``features``, which ``annotate`` gives it.

    Parameters
    ----------
    index, text, config, id, if_seen, on_conflict, **overrides
        As for ``is_new``.

    Raises
    ------
    ConfigError
        As by ``is_new``.

    Examples
    --------
    >>> import dedup
    >>> story = "The ferry was late again, and nobody on the pier could say why it was so."
    >>> annotation(dedup.Index(), id="url")({"url": ["a", "b"], "text": [story, story.upper()]})
    {'dedup_keep': [True, False], 'dedup_witness': [None, 'a'], 'dedup_similarity': [None, 1.0]}
    """
    return Batches(
        Decider.of(text, config, id, index, None, if_seen, on_conflict, overrides, annotates=True)
    )
