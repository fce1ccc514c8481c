"""The report on a dataset: how many records were read, kept and removed, and why."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from dedup.arrays.reportable import ShownInNotebook
from dedup.datasets.decide_records import Decisions
from dedup.datasets.read_inputs import MAX_LISTED_UNREADABLE
from dedup.errors import ConsistencyError
from dedup.text.wording import format_copies, format_count, format_frames, format_variants

MAX_RECORDS_LISTED, MAX_CLUSTERS_LISTED = 30, 10
# a text of a judgement is not found
WHY_UNKNOWN = "other files, edited texts, or other settings of --no-within, --blocks or --split-by"


@dataclass(frozen=True, slots=True)
class DatasetReport(ShownInNotebook):
    """The numbers of a run on a dataset, and the first or longest of what was removed.

    Why was a record removed? ``copies`` names the witnesses of the first removed records. A ledger
    names them all: see ``read_ledger``.

    The lists name a record by its id or, without ids, by its number over all inputs, counted from
    1. (In a ledger, ``record`` is the number within the input.)

    Attributes
    ----------
    documents
        Number of records read, without references.
    kept, removed_exact, removed_near
        Number of records kept, removed as exact copies, and removed as near copies. An exact copy
        has the same words and numbers as its witness. If a third, longer record contains two equal
        records, it is the witness of both, and both are near copies. What a person judged to be a
        copy counts as a near copy.
    bad, unreadable
        Number of records that could not be read, and were skipped or written to ``quarantine``;
        of the first 30: where the record is, and what is wrong with it.
    without_text
        Number of kept records without words.
    references
        Number of records of the references.
    edited, blocks
        Number of kept records with blocks that repeated within their text, and number of these
        blocks. They were removed.
    patterns, stripped, boilerplate
        Number of distinct blocks that recur in many records; number of kept records from which
        they were removed; number of removals.
    spans, spanned
        Number of repeated spans that were removed, and number of kept records that had them.
    longest_spans
        The longest of these spans, at most 30: ``record``; ``of_record``, the record that it
        repeats; ``tokens``; the beginning of its ``text``. ``bytes`` and ``of_bytes`` are
        ``[start, stop)`` in the texts without repeated blocks and boilerplate.
    superseding
        Kept records that contain an earlier, shorter version in the index: ``id``, and the id of
        the earlier version, ``of``.
    updated
        Number of kept records that replaced another text with the same id in the index.
    most_frequent
        The most frequent recurring blocks, at most 30, as in the file ``patterns``.
    copies
        The first removed records, at most 30: ``record``; ``of_record``, the witness, which is the
        kept record that it repeats; ``kind`` (``"exact"``, ``"near"`` or ``"judged"``) and
        ``similarity``.
    numeric_variants
        Number of kept records that are similar to another one without being copies: the numbers
        differ, the record is too short to decide, its words are scattered over a text of ten times
        its bytes (see ``Config.numeric_variants``), or both are pages that share only short lines
        (see ``Config.page_variants``).
    similar
        The first of these, at most 30: ``record``; ``of_record``, the record that it is similar to.
    frames
        With ``source``, what was ignored when records were compared: ``byte_share``, the share of
        the text; the number of different ``lines``, and of the ``sources`` that have them;
        ``listed``, the lines on the most pages, at most 20, with their ``source``, the beginning
        of the ``text``, and their number of ``pages``. None without ``source``.
    decisions, unknown_decisions
        Number of judged pairs; number of those of which a text is not among the compared ones.
    bytes_read, bytes_written
        Uncompressed bytes of the inputs and of the outputs.
    clusters
        Sizes of the 10 largest groups of copies, including the kept record.
    """

    documents: int
    kept: int
    removed_exact: int = 0
    removed_near: int = 0
    bad: int = 0
    without_text: int = 0
    references: int = 0
    edited: int = 0
    blocks: int = 0
    bytes_read: int = 0
    bytes_written: int = 0
    clusters: tuple[int, ...] = ()
    patterns: int = 0
    stripped: int = 0
    boilerplate: int = 0
    most_frequent: tuple[dict[str, Any], ...] = ()
    spans: int = 0
    spanned: int = 0
    longest_spans: tuple[dict[str, Any], ...] = ()
    superseding: tuple[dict[str, Any], ...] = ()
    updated: int = 0
    copies: tuple[dict[str, Any], ...] = ()
    numeric_variants: int = 0
    similar: tuple[dict[str, Any], ...] = ()
    decisions: int = 0
    unknown_decisions: int = 0
    frames: dict[str, Any] | None = None
    unreadable: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        decisions: Decisions,
        patterns: Sequence[dict[str, Any]],
        longest_spans: Sequence[dict[str, Any]],
        frames: dict[str, Any] | None,
        bytes_written: int,
    ) -> "DatasetReport":
        """Return the report on decisions.

        Parameters
        ----------
        patterns, longest_spans
            What ``without_boilerplate`` and ``without_spans`` removed.
        frames
            The summary of ``without_frames``; None without ``source``.
        bytes_written
            Uncompressed bytes of the outputs.
        """
        rows = decisions.rows
        first = rows.reference_count
        removed, bad = decisions.removed[first:], rows.bad[first:]
        kept = ~removed & ~bad
        variants = [row for row in sorted(decisions.variants) if row >= first]
        empty = np.diff(rows.texts.offsets)[first:] == 0
        copies_of = Counter(decisions.witness[decisions.removed].tolist())
        zeros = np.zeros(len(rows), np.int32)
        within, blocks, spans = (
            rows.removed_parts.get(option, zeros)[first:][kept]
            for option in ("within", "blocks", "spans")
        )
        return cls(
            documents=len(removed),
            kept=int(kept.sum()),
            removed_exact=int((removed & decisions.exact[first:]).sum()),
            removed_near=int((removed & ~decisions.exact[first:]).sum()),
            bad=int(bad.sum()),
            without_text=int((kept & empty).sum()),
            references=first,
            edited=int((within > 0).sum()),
            blocks=int(within.sum()),
            bytes_read=sum(read.state.bytes for read in rows.inputs),
            bytes_written=bytes_written,
            longest_spans=tuple(longest_spans),
            clusters=tuple(count + 1 for _, count in copies_of.most_common(MAX_CLUSTERS_LISTED)),
            patterns=len(patterns),
            stripped=int((blocks > 0).sum()),
            boilerplate=int(blocks.sum()),
            most_frequent=tuple(patterns[:MAX_RECORDS_LISTED]),
            spans=int(spans.sum()),
            spanned=int((spans > 0).sum()),
            superseding=tuple({"id": new, "of": old} for old, new in decisions.superseded),
            updated=decisions.updated,
            copies=tuple(_copies(decisions)),
            numeric_variants=len(variants),
            similar=tuple(
                {
                    "record": rows.id_of(row),
                    "of_record": decisions.id_of(decisions.variants[row], row),
                }
                for row in variants[:MAX_RECORDS_LISTED]
            ),
            decisions=decisions.judged.total if decisions.judged else 0,
            unknown_decisions=decisions.judged.absent if decisions.judged else 0,
            frames=frames,
            unreadable=tuple(
                message.split("; ")[0]  # without the remedies
                for read in rows.inputs
                if not read.is_reference
                for message in read.unreadable
            )[:MAX_LISTED_UNREADABLE],
        )

    def audit(self, written: int | None, *, annotated: bool) -> None:
        """Check that kept, removed and bad records add up, and that the kept ones were written.

        Parameters
        ----------
        written
            The number of records written; None without outputs.
        annotated
            Whether removed records were written, too.

        Raises
        ------
        ConsistencyError
            When the numbers differ.
        """
        parts = self.kept + self.removed_exact + self.removed_near + self.bad
        expected = self.documents - self.bad if annotated else self.kept
        if parts != self.documents or written not in (None, expected):
            raise ConsistencyError(
                f"{self.kept:,} of {self.documents:,} documents are kept, but {written} were "
                "written; nothing was changed: please report this"
            )

    def to_dict(self) -> dict[str, Any]:
        """Return the attributes as a dictionary, as ``stats=`` writes them."""
        return asdict(self)

    @property
    def summary(self) -> str:
        """The report in one line.

        Examples
        --------
        >>> DatasetReport(5, 4, 1, 0, 0, 0, 0, 1, 2, 900, 500, (3,)).summary
        'kept 4 of 5 documents; removed 1 exact copy; removed 2 repeated paragraphs from 1 document'
        """
        return self.summarize()

    def summarize(self, *, is_preview: bool = False) -> str:
        """Return the report in one line.

        Parameters
        ----------
        is_preview
            Whether nothing was removed from any output, so that the line says "would remove".

        Examples
        --------
        >>> DatasetReport(5, 4, 1).summarize(is_preview=True)
        'would keep 4 of 5 documents; would remove 1 exact copy'
        """
        kept, removed = ("would keep", "would remove") if is_preview else ("kept", "removed")
        parts = [f"{kept} {self.kept:,} of {format_count(self.documents, 'document')}"]
        if self.numeric_variants:
            parts[0] += f" ({format_variants(self.numeric_variants)})"
        if copies := format_copies(self.removed_exact, self.removed_near):
            parts.append(f"{removed} {copies}")
        if self.blocks:
            blocks = format_count(self.blocks, "repeated paragraph")
            parts.append(f"{removed} {blocks} from {format_count(self.edited, 'document')}")
        if self.patterns and not self.boilerplate:
            recur = "recurs" if self.patterns == 1 else "recur"
            parts.append(
                f"{format_count(self.patterns, 'pattern')} {recur}, but nothing was removed"
            )
        elif self.patterns:
            blocks = format_count(self.boilerplate, "boilerplate paragraph")
            patterns = format_count(self.patterns, "pattern")
            documents = format_count(self.stripped, "document")
            parts.append(f"{removed} {blocks} ({patterns}) from {documents}")
        if self.spans:
            spans = format_count(self.spans, "repeated span")
            parts.append(f"{removed} {spans} from {format_count(self.spanned, 'document')}")
        parts += self._of_comparison()
        if self.unknown_decisions:
            unknown = f"{self.unknown_decisions:,} of {format_count(self.decisions, 'judgement')}"
            name = "names" if self.unknown_decisions == 1 else "name"
            parts.append(f"{unknown} {name} texts not found here ({WHY_UNKNOWN})")
        if self.bad:
            first = "the first: " if self.bad > 1 else ""
            listed = "".join(f" ({first}{message})" for message in self.unreadable[:1])
            parts.append(f"could not read {self.bad:,}{listed}")
        if self.without_text:
            part = f"{kept} {self.without_text:,} without text"
            parts.append(f"{part}, or with none left" if self.spans or self.boilerplate else part)
        return "; ".join(parts)

    def _of_comparison(self) -> Iterator[str]:
        """Yield the parts of the summary that concern frames of sites, or an index."""
        # Frames that were removed as boilerplate are not found again.
        if self.frames is not None and (self.frames["lines"] or not self.boilerplate):
            yield format_frames(self.frames)
        if self.updated:
            yield format_count(self.updated, "update")
        if self.superseding:
            later = len({pair["id"] for pair in self.superseding})
            contain = "contains an earlier, shorter version that was also kept"
            if later > 1:
                contain = "contain earlier, shorter versions that were also kept"
            yield f"{format_count(later, 'kept record')} {contain}"


def _copies(decisions: Decisions) -> Iterator[dict[str, Any]]:
    """Yield the first removed records, each with its witness."""
    first = decisions.rows.reference_count
    for row in (np.flatnonzero(decisions.removed[first:])[:MAX_RECORDS_LISTED] + first).tolist():
        match = decisions.match_of(row)
        yield {
            "record": decisions.rows.id_of(row),
            "of_record": match["witness"],
            "kind": match["kind"],
            "similarity": match["similarity"],
        }
