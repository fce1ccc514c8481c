"""datatrove: a filter for its pipelines that lets new documents pass."""

import os
from collections import Counter
from typing import Any

from dedup.adapters.common import annotations, kinds
from dedup.arrays.tabular import import_optional
from dedup.config import Age, ConfigLike
from dedup.index.index import Index
from dedup.index.validate import checked_config

import_optional("datatrove")  # says how it is installed where it is missing

from datatrove.data import Document, DocumentsPipeline  # noqa: E402
from datatrove.pipeline.filters.base_filter import BaseFilter  # noqa: E402
from datatrove.pipeline.writers.disk_base import DiskWriter  # noqa: E402


class DedupFilter(BaseFilter):
    """Drop documents that repeat an earlier one, of any task and of any job before.

    Parameters
    ----------
    index
        The path or address of an index, which all tasks share.
    job
        A name for this job, the same when it is run again. In the index a document is named by
        job, task and id, as in ``2026-11-25/00003/crawl.jsonl/17``.
    config
        The settings, or the name of a preset; None for those of the index.
    forget_after
        How long a text is remembered, as for ``Index``.
    exclusion_writer
        Where dropped documents go, with ``filter_reason``, ``dedup_witness`` and
        ``dedup_similarity`` in their metadata.
    batch_size
        Documents that are decided at once.

    Raises
    ------
    ConfigError
        When a setting is unknown.

    Notes
    -----
    Statistics are those of other filters, with ``dropped_exact`` and ``dropped_near``, and
    ``superseding`` for the new documents that contain earlier ones. Each task opens the index in
    its own process. Of tasks that run side by side the one that comes first keeps a text.

    A task that failed and is run again keeps the documents that it kept before, by their names. So
    it has to be given the same ones again, in the same order.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> story = "The ferry was late again, and nobody on the pier could say why it was so."
    >>> with TemporaryDirectory() as folder:
    ...     step = DedupFilter(f"{folder}/seen.db", job="monday")
    ...     documents = [Document(story, "a"), Document(story.upper(), "b")]
    ...     [one.id for one in step(documents)], documents[1].metadata["dedup_witness"]
    (['a'], 'monday/00000/a')
    """

    name = "dedup"

    def __init__(  # noqa: PLR0913  by name, all but the first
        self,
        index: str | os.PathLike[str],
        *,
        job: str,
        config: ConfigLike | None = None,
        forget_after: Age | None = None,
        exclusion_writer: DiskWriter | None = None,
        batch_size: int = 512,
    ) -> None:
        super().__init__(exclusion_writer, batch_size)
        self._path, self._forget_after = index, forget_after
        self._config = checked_config(config, {})
        self._job, self._rank = job, 0
        self._ids: Counter[str] = Counter()  # of this task, so far
        self._index: Index | None = None

    def filter(self, doc: Document) -> Any:  # noqa: ANN401  as its base has it
        """Tell whether one document is new, or why it is not."""
        return self.filter_batch([doc])[0]

    def filter_batch(self, batch: list[Document]) -> list[bool | tuple[bool, str]]:
        """Tell which documents are new, or why they are not."""
        if self._index is None:
            self._index = Index(self._path, self._config, forget_after=self._forget_after)
        names = [self._name(doc) for doc in batch]
        # A name that has another text is that of an attempt whose output is gone.
        matches = self._index.add([doc.text for doc in batch], ids=names, on_conflict="update")
        told: list[bool | tuple[bool, str]] = []
        passes = (matches.keep | matches.seen).tolist()
        for doc, keep, kind, said in zip(
            batch, passes, kinds(matches), annotations(matches), strict=True
        ):
            if said["dedup_supersedes"]:
                self.stat_update("superseding")
            told.append(keep or (False, kind))
            if not keep:
                doc.metadata |= {name: said[name] for name in ("dedup_witness", "dedup_similarity")}
        return told

    def _name(self, doc: Document) -> str:
        """Return what the index calls a document: no other one, but in each attempt the same."""
        self._ids[doc.id] += 1
        count = self._ids[doc.id]
        return f"{self._job}/{self._rank:05d}/{doc.id}" + (f"#{count}" if count > 1 else "")

    def run(self, data: DocumentsPipeline, rank: int = 0, world_size: int = 1) -> DocumentsPipeline:
        """Yield the documents of a task that are new."""
        self._rank = rank
        try:
            yield from super().run(data, rank, world_size)
        finally:
            self._ids.clear()
            self.close()

    def close(self) -> None:
        """Let go of the index, which ``run`` does by itself; the next document opens it again."""
        if self._index is not None:
            self._index.close()
            self._index = None
