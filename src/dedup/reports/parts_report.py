"""The reports on parts removed from many texts: repeated spans, and boilerplate."""

from typing import Any, NamedTuple

import numpy as np

from dedup.boilerplate.deduplicate_blocks import BoilerplateResult
from dedup.ledger.removals import CleanedTexts, Removal
from dedup.reports.corpus_sample import PAIR_CHARACTERS, drawn
from dedup.reports.text_pairs import TextPair, text_pair
from dedup.spans.find_spans import SpansResult

FIRST_TEXTS, SAMPLED_TEXTS, PARTS_OF_TEXT = 10, 50, 4
MAX_PATTERNS = 200


class ShownRemoval(NamedTuple):
    """A removed part beside its witness."""

    removal: Removal
    pair: TextPair


class ChangedText(NamedTuple):
    """A text, and the first parts that were removed from it."""

    row: int
    removals: tuple[ShownRemoval, ...]
    more: int  # removals that are not shown


def spans_context(result: SpansResult) -> dict[str, Any]:
    """Return the values of the template ``removed_parts.html`` for repeated spans."""
    removed = np.bincount(result.spans.row, result.spans.tokens, len(result))
    return _context(result, removed) | {
        "title": "Repeated spans",
        "shown_first": f"The {FIRST_TEXTS} texts with the most removed tokens",
        "facts_of_run": {
            "texts": f"{len(result):,}",
            "changed": f"{len(result.changed):,}",
            "spans": f"{len(result.spans):,}",
            "tokens removed": f"{int(result.spans.tokens.sum()):,}",
            "minimum length": f"{result.min_span:,}",
        },
        "patterns": (),
        "pattern_count": 0,
    }


def boilerplate_context(result: BoilerplateResult) -> dict[str, Any]:
    """Return the values of the template ``removed_parts.html`` for boilerplate."""
    return _context(result, np.zeros(len(result))) | {
        "title": "Recurring paragraphs",
        "shown_first": f"The first {FIRST_TEXTS} changed texts",
        "facts_of_run": {
            "texts": f"{len(result):,}",
            "changed": f"{len(result.changed):,}",
            "patterns": f"{len(result.patterns):,}",
            "paragraphs removed": f"{sum(pattern.removed for pattern in result.patterns):,}",
            "minimum number of texts": f"{result.min_df:,}",
        },
        "patterns": result.patterns[:MAX_PATTERNS],
        "pattern_count": len(result.patterns),
    }


def _context(result: CleanedTexts, rank: Any) -> dict[str, Any]:  # noqa: ANN401  (n,) numbers
    changed = result.changed[np.argsort(-rank[result.changed], kind="stable")]
    seed = result.config.seed
    rows = [*changed[:FIRST_TEXTS].tolist(), *drawn(changed[FIRST_TEXTS:], SAMPLED_TEXTS, seed)]
    summary = repr(result).partition(": ")[2].removesuffix(">")
    return {
        "summary": summary,
        "changed": [_changed_text(result, row) for row in rows],
        "changed_count": len(changed),
        "first_texts": FIRST_TEXTS,
        "seed": seed,
    }


def _changed_text(result: CleanedTexts, row: int) -> ChangedText:
    ledger = result.ledger(row)
    shown = tuple(_shown(result, removal) for removal in ledger[:PARTS_OF_TEXT])
    return ChangedText(row, shown, len(ledger) - len(shown))


def _shown(result: CleanedTexts, removal: Removal) -> ShownRemoval:
    source = result.source_bytes(int(removal.witness_document or removal.document))
    witness = source[slice(*removal.witness_bytes)].decode("utf-8", "surrogatepass")
    pair = text_pair(removal.text.strip(), witness.strip(), PAIR_CHARACTERS)
    return ShownRemoval(removal, pair)
