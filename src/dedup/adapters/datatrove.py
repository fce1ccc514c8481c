"""datatrove: a filter for its pipelines that lets new documents pass."""

from typing import Any

from dedup.adapters.said import Path, Settings, config_of, kinds, opened
from dedup.ages import Age
from dedup.frames import library
from dedup.index import Index
from dedup.intake import Taken

library("datatrove")  # says how it is installed where it is missing

from datatrove.data import Document, DocumentsPipeline  # noqa: E402
from datatrove.pipeline.filters.base_filter import BaseFilter  # noqa: E402
from datatrove.pipeline.writers.disk_base import DiskWriter  # noqa: E402


class DedupFilter(BaseFilter):
    """Drop documents that repeat an earlier one, of any task.

    Parameters
    ----------
    index
        The path or address of an index, which all tasks share.
    config
        The settings, or the name of a preset; None for those of the index.
    forget_after
        How long a text is remembered, as for ``Index``.
    taken
        What happens to a new text under an id that another text has, as for ``Index.add``.
    keep_again
        Whether a document that the index has under its own id is kept, once in a task: a task
        that failed and is run again would lose what it added otherwise. It takes ids that are each
        of one document, as those are that datatrove's readers give.
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

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> story = "The ferry was late again, and nobody on the pier could say why it was so."
    >>> with TemporaryDirectory() as folder:
    ...     step = DedupFilter(f"{folder}/seen.db")
    ...     documents = [Document(story, "mon"), Document(story.upper(), "tue")]
    ...     [one.id for one in step(documents)], step.stats["dropped_exact"].total
    (['mon'], 1)
    """

    name = "dedup"

    def __init__(  # noqa: PLR0913  by name, all but the first
        self,
        index: Path,
        *,
        config: Settings | None = None,
        forget_after: Age | None = None,
        taken: Taken = "refuse",
        keep_again: bool = True,
        exclusion_writer: DiskWriter | None = None,
        batch_size: int = 512,
    ) -> None:
        super().__init__(exclusion_writer, batch_size)
        self._path, self._config, self._forget_after = index, config_of(config), forget_after
        self._taken, self._keep_again = taken, keep_again
        self._kept: set[str] = set()  # ids of documents that this task has kept
        self._index: Index | None = None

    def filter(self, doc: Document) -> Any:  # noqa: ANN401  as its base has it
        """Tell whether one document is new, or why it is not."""
        return self.filter_batch([doc])[0]

    def filter_batch(self, batch: list[Document]) -> list[bool | tuple[bool, str]]:
        """Tell which documents are new, or why they are not.

        Raises
        ------
        InputError
            When a document has the id of another one, and ``taken`` is not ``"replace"``.
        """
        if self._index is None:
            self._index = opened(self._path, self._config, self._forget_after)
        ids, texts = [doc.id for doc in batch], [doc.text for doc in batch]
        matches = self._index.add(ids, texts, taken=self._taken)
        told: list[bool | tuple[bool, str]] = []
        for row, (doc, kind) in enumerate(zip(batch, kinds(matches), strict=True)):
            again = self._keep_again and matches.witness[row] == doc.id
            if kind == "new" or (again and doc.id not in self._kept):
                self._kept.add(doc.id)
                told.append(True)
                if matches.supersedes[row]:
                    self.stat_update("superseding")
                continue
            doc.metadata["dedup_witness"] = matches.witness[row]
            doc.metadata["dedup_similarity"] = round(float(matches.similarity[row]), 4)
            told.append((False, kind))
        return told

    def run(self, data: DocumentsPipeline, rank: int = 0, world_size: int = 1) -> DocumentsPipeline:
        """Yield the documents of a task that are new."""
        try:
            yield from super().run(data, rank, world_size)
        finally:
            self._kept.clear()
            if self._index is not None:
                self._index.close()
                self._index = None
