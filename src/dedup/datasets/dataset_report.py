"""What became of a dataset, in numbers."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from dedup.datasets.decide_records import Decisions
from dedup.errors import ConsistencyError
from dedup.text.wording import format_copies, format_count

MAX_RECORDS_LISTED, MAX_CLUSTERS_LISTED = 30, 10  # of the longest or first


@dataclass(frozen=True, slots=True)
class DatasetReport:
    """How many records were read, kept and removed.

    Attributes
    ----------
    documents
        Records read, references left out.
    kept, removed_exact, removed_near
        Of these; removed as copies with the same words as the record that stays, or nearly the
        same. So two equal records are near copies where both go for a third, longer one.
    bad
        Of these, records that could not be read, and were skipped or set aside.
    without_text
        Of the kept ones, those that have no word.
    references
        Records of the inputs that the others were compared against.
    edited, blocks
        Kept records whose text repeated blocks of itself, and how many blocks were removed.
    patterns, stripped, boilerplate
        Blocks that recur in many records, kept records from which they were removed, and how
        often they were.
    spans, spanned
        Stretches removed that stood before, and the kept records that they were in.
    longest_spans
        The longest of these, at most 30: ``record`` and ``of_record``, the one that it repeats,
        ``tokens``, and how its ``text`` begins; ``bytes`` and ``of_bytes`` count in the texts
        as they are without repeated blocks and boilerplate.
    superseding
        Kept records that contain an earlier, shorter version that an index has: ``id``, and that of
        the earlier one, ``of``.
    updated
        Of the kept records those that replaced another text that an index had under their ids.
    most_frequent
        The first of these patterns: what the file ``patterns`` says of each.
    copies
        The first removed records, at most 30: ``record`` and ``of_record``, the one of which it is
        a copy, ``kind`` (``"exact"`` or ``"near"``) and ``similarity``.
    numeric_variants
        Of the kept records those that are similar to another one, but differ in figures or are too
        short to tell (see ``Config.numeric_variants``).
    similar
        The first of these, at most 30: ``record`` and ``of_record``, the one that it is similar to.
    bytes_read, bytes_written
        Of content, uncompressed.
    clusters
        The sizes of the largest groups of copies, the kept one counted.
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

    @classmethod
    def of(
        cls,
        decisions: Decisions,
        patterns: Sequence[dict[str, Any]],
        longest_spans: Sequence[dict[str, Any]],
        bytes_written: int,
    ) -> "DatasetReport":
        """Count."""
        rows = decisions.rows
        given = rows.reference_count
        own = slice(given, None)
        removed, bad = decisions.removed[own], rows.bad[own]
        stays = ~removed & ~bad
        variants = [row for row in sorted(decisions.variants) if row >= given]
        empty = np.diff(rows.texts.offsets)[own] == 0
        copied = Counter(decisions.witness[decisions.removed].tolist())
        none = np.zeros(len(rows), np.int64)
        within, blocks, spans = (
            rows.removed_parts.get(why, none)[own][stays] for why in ("within", "blocks", "spans")
        )
        return cls(
            documents=len(removed),
            kept=int(stays.sum()),
            removed_exact=int((removed & decisions.exact[own]).sum()),
            removed_near=int((removed & ~decisions.exact[own]).sum()),
            bad=int(bad.sum()),
            without_text=int((stays & empty).sum()),
            references=given,
            edited=int((within > 0).sum()),
            blocks=int(within.sum()),
            bytes_read=sum(read.state.bytes for read in rows.inputs),
            bytes_written=bytes_written,
            longest_spans=tuple(longest_spans),
            clusters=tuple(count + 1 for _, count in copied.most_common(MAX_CLUSTERS_LISTED)),
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
                {"record": rows.name(row), "of_record": decisions.name(decisions.variants[row])}
                for row in variants[:MAX_RECORDS_LISTED]
            ),
        )

    def audit(self, written: int | None, *, annotated: bool) -> None:
        """Check that what was read is accounted for: by what was written, if anything was.

        Raises
        ------
        ConsistencyError
            When it is not.
        """
        parts = self.kept + self.removed_exact + self.removed_near + self.bad
        expected = self.documents - self.bad if annotated else self.kept
        if parts != self.documents or written not in (None, expected):
            raise ConsistencyError(
                f"of {self.documents:,} documents {self.kept:,} stay, but {written} were written; "
                "nothing was changed: please report this"
            )

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers by their names, as ``--stats`` writes them."""
        return asdict(self)

    @property
    def summary(self) -> str:
        """One line that a person reads.

        Examples
        --------
        >>> DatasetReport(5, 4, 1, 0, 0, 0, 0, 1, 2, 900, 500, (3,)).summary
        'kept 4 of 5 documents; removed 1 exact copy; removed 2 repeated paragraphs from 1 document'
        """
        parts = [f"kept {self.kept:,} of {format_count(self.documents, 'document')}"]
        if self.numeric_variants:
            are = "is similar to another" if self.numeric_variants == 1 else "are similar to others"
            parts[0] += f" ({self.numeric_variants:,} {are}, but with other numbers or short)"
        if removed := format_copies(self.removed_exact, self.removed_near):
            parts.append(f"removed {removed}")
        if self.blocks:
            blocks = format_count(self.blocks, "repeated paragraph")
            parts.append(f"removed {blocks} from {format_count(self.edited, 'document')}")
        if self.patterns and not self.boilerplate:
            recur = "recurs" if self.patterns == 1 else "recur"
            parts.append(
                f"{format_count(self.patterns, 'pattern')} {recur}, but nothing was removed"
            )
        elif self.patterns:
            blocks = format_count(self.boilerplate, "boilerplate paragraph")
            patterns = format_count(self.patterns, "pattern")
            documents = format_count(self.stripped, "document")
            parts.append(f"removed {blocks} ({patterns}) from {documents}")
        if self.spans:
            spans = format_count(self.spans, "repeated span")
            parts.append(f"removed {spans} from {format_count(self.spanned, 'document')}")
        parts += self._of_index()
        if self.bad:
            parts.append(f"could not read {self.bad:,}")
        if self.without_text:
            parts.append(f"kept {self.without_text:,} without text")
        return "; ".join(parts)

    def _of_index(self) -> Iterator[str]:
        """Say what became of an index."""
        if self.updated:
            yield format_count(self.updated, "update")
        if self.superseding:
            later = len({pair["id"] for pair in self.superseding})
            contain = "contains an earlier, shorter version that was also kept"
            if later > 1:
                contain = "contain earlier, shorter versions that were also kept"
            yield f"{format_count(later, 'kept record')} {contain}"


def _copies(decisions: Decisions) -> Iterator[dict[str, Any]]:
    """Yield the first removed records, and of which each is a copy."""
    given = decisions.rows.reference_count
    for row in (np.flatnonzero(decisions.removed[given:])[:MAX_RECORDS_LISTED] + given).tolist():
        match = decisions.match(row)
        yield {
            "record": decisions.rows.name(row),
            "of_record": match["witness"],
            "kind": match["kind"],
            "similarity": match["similarity"],
        }
