"""datatrove: a filter that drops documents which repeat earlier ones."""

import os
from collections import Counter
from typing import Any

from dedup.adapters.annotations import annotations, text_kinds
from dedup.arrays.tabular import import_optional
from dedup.config import Age, ConfigLike
from dedup.index.index import Index
from dedup.index.validate import checked_config

import_optional("datatrove")  # the error names the command that installs it

from datatrove.data import Document, DocumentsPipeline  # noqa: E402
from datatrove.pipeline.filters.base_filter import BaseFilter  # noqa: E402
from datatrove.pipeline.writers.disk_base import DiskWriter  # noqa: E402


class DedupFilter(BaseFilter):
    """Drop documents that repeat an earlier one, of any task of this job or of earlier jobs.

    Parameters
    ----------
    index
        The path or URL of an index, which all tasks share.
    job
        A name for this job; use the same name when you run the job again. The id of a document in
        the index is made of job, task and document id: ``2026-11-25/00003/crawl.jsonl/17``.
    config
        The settings, or the name of a preset. Default: the settings of the index.
    forget_after
        Age at which a text is deleted from the index, as for ``Index``. Default: never.
    exclusion_writer
        Writes the dropped documents, with ``filter_reason``, ``dedup_witness`` and
        ``dedup_similarity`` in their metadata.
    batch_size
        Number of documents that are decided at once. Default 512.

    Raises
    ------
    ConfigError
        If a setting is unknown.

    Notes
    -----
    The statistics are those of other filters, with ``dropped_exact`` and ``dropped_near``, and
    ``superseding`` for new documents that contain earlier ones. Each task opens the index in its
    own process. If two tasks run at the same time, the first one to add a text keeps it.

    A task that failed and is run again keeps the documents that it kept before: it finds them in
    the index by their ids. So pass it the same documents in the same order.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> story = "The ferry was late again, and nobody on the pier could say why it was so."
    >>> with TemporaryDirectory() as folder:
    ...     step = DedupFilter(f"{folder}/seen.db", job="monday")
    ...     documents = [Document(story, "a"), Document(story.upper(), "b")]
    ...     [document.id for document in step(documents)], documents[1].metadata["dedup_witness"]
    (['a'], 'monday/00000/a')
    """

    name = "dedup"

    def __init__(  # noqa: PLR0913  all but the first are passed by name
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
        self._ids: Counter[str] = Counter()  # number of documents of this task, by id
        self._index: Index | None = None

    def filter(self, doc: Document) -> Any:  # noqa: ANN401  as in the base class
        """Return True if a document is new, else ``(False, kind)``, where kind is exact or near."""
        return self.filter_batch([doc])[0]

    def filter_batch(self, batch: list[Document]) -> list[bool | tuple[bool, str]]:
        """Return True for each new document, and ``(False, kind)`` for each other document."""
        if self._index is None:
            self._index = Index(self._path, self._config, forget_after=self._forget_after)
        ids = [self._index_id(doc) for doc in batch]
        # If an id has another text, an earlier attempt added it, and its output was deleted.
        matches = self._index.add([doc.text for doc in batch], ids=ids, on_conflict="update")
        verdicts: list[bool | tuple[bool, str]] = []
        passes = (matches.keep | matches.seen).tolist()
        for doc, keep, kind, fields in zip(
            batch, passes, text_kinds(matches), annotations(matches), strict=True
        ):
            if fields["dedup_supersedes"]:
                self.stat_update("superseding")
            verdicts.append(keep or (False, kind))
            if not keep:
                copied = ("dedup_witness", "dedup_similarity")
                doc.metadata |= {name: fields[name] for name in copied}
        return verdicts

    def _index_id(self, doc: Document) -> str:
        """Return the id of a document in the index: unique, and the same in each attempt."""
        self._ids[doc.id] += 1
        count = self._ids[doc.id]
        return f"{self._job}/{self._rank:05d}/{doc.id}" + (f"#{count}" if count > 1 else "")

    def run(self, data: DocumentsPipeline, rank: int = 0, world_size: int = 1) -> DocumentsPipeline:
        """Yield the new documents of a task."""
        self._rank = rank
        try:
            yield from super().run(data, rank, world_size)
        finally:
            self._ids.clear()
            self.close()

    def close(self) -> None:
        """Close the index, as ``run`` does at its end; the next document opens it again."""
        if self._index is not None:
            self._index.close()
            self._index = None
