"""Find the near-duplicates among many texts: ``deduplicate``.

It runs four stages, each in a file of its own:

1. **Sketch the texts.** Hash each text to tokens and shingles, and choose a few keys that represent
   it: ``bottom_sketch`` for containment, ``lsh`` for Jaccard similarity.
2. **Group exact copies.** Rows with the same tokens and numbers share one representative:
   ``exact_copies``.
3. **Keep shared keys.** Drop each key that no other row has; most rows have nothing left to look
   up: ``shared_keys``.
4. **Keep first.** Take the rows in processing order. Find the candidates of a row among the kept
   rows (``candidates``), verify their exact similarity (``similarity``), leave out pairs
   that a rule exempts (``pair_rule``), and remove the row or keep it: ``keep_first``.

The compiled core and numpy give the same bits. With the core, ``prepare_rows`` runs the stages 1 to
3, and ``keep_first.match_rows`` stage 4. Without it, ``keep_first.match`` runs all four: it is the
specification.
"""

import os
import reprlib
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, get_args

import numpy as np

from dedup.arrays.array_types import I64, U8, U64, Flags
from dedup.arrays.columns import prepare_column, to_python_list
from dedup.arrays.memory import IN_RAM, Memory
from dedup.arrays.native import has_core
from dedup.arrays.packed import PackedTexts, PythonTexts
from dedup.config import Config, ConfigLike, Keep, check_threads
from dedup.errors import ConfigError
from dedup.matching.batch_sketcher import sketcher_for
from dedup.matching.bottom_sketch import BottomSketcher
from dedup.matching.dedup_result import DedupResult
from dedup.matching.exact_copies import ExactCopies, ProcessingOrder, group_exact_copies
from dedup.matching.judged_pairs import JudgedRows
from dedup.matching.keep_first import PROCESSING_ORDERS, Matches, MatchSettings, match, match_rows
from dedup.matching.lsh import BandSketcher
from dedup.matching.numbers import exact_copy_numbers, native_number_fingerprints
from dedup.matching.page_frames import PageFrames, find_frames
from dedup.matching.pair_rule import PairRule
from dedup.matching.rows import InputRows, PackedRows, ReadRows, input_rows
from dedup.matching.shared_keys import SharedKeys
from dedup.matching.sources import read_sources
from dedup.text.hashing import tokens_and_shingles
from dedup.text.recode import recode

if TYPE_CHECKING:
    from dedup.matching.decisions import PairDecisions

# Of the time that matching takes: when all rows are sketched, and when their shared keys are known
# (docs/decisions/0011-datasets.md, "Progress").
SKETCHED_SHARE, MATCHING_SHARE = 0.3, 0.45


def deduplicate(  # noqa: PLR0913
    texts: object,
    config: ConfigLike | None = None,
    *,
    ids: Iterable[Any] | None = None,
    keep: Keep | Iterable[Any] | None = None,
    source: Iterable[str | int | None] | None = None,
    threads: int | None = None,
    decisions: "PairDecisions | str | os.PathLike[str] | None" = None,
    **overrides: Any,  # noqa: ANN401
) -> DedupResult:
    """Find near-duplicate texts, and keep one of each.

    Parameters
    ----------
    texts
        n texts: a list or another iterable of ``str`` and None; a numpy array; an Arrow, pandas or
        polars column, or another object with the Arrow PyCapsule interface. To use tokens of your
        own, pass an iterable of lists of ``str``, or an Arrow or polars column of lists.
    config
        The settings, or the name of a preset; ``Config()`` when None.
    ids
        (n,): ids of the texts, for ``clusters`` and tables; row numbers when None.
    keep
        Which copy is kept: ``"longest"`` (the default, by tokens), ``"first"``, ``"last"``, or (n,)
        priorities, of which the greatest is kept; the first of equal ones. By containment, a text
        that is longer than a kept copy is kept too, since the kept copy does not contain it.
    source
        (n,): the URL of the page of each text, or the name or number of its site; None for a text
        without one. Texts are then compared without the frame of their site: navigation, teasers
        and footers, which make different pages similar. A line is frame if at least two pages of a
        site have it; if the site has more than four pages, as many as the square root of their
        number, rounded up, but at most ten. The host of a URL is the site. Texts with one URL are
        one page, as from several extractors; a URL without a path names the site only. A text with
        fewer than 120 bytes outside of its frame is compared whole, and so is one that may be an
        article at several addresses.
    threads
        Number of threads; all available cores when None. The result does not depend
        on it.
    decisions
        Judgements of a person, or their file, a decisions file: two texts that are judged to be no
        copies do not remove each other, and two that are judged to be copies are, whatever their
        similarity and their numbers. A judgement of a text holds for its exact copies.
    **overrides
        Single settings, as in ``deduplicate(texts, threshold=0.9)``.

    Returns
    -------
    DedupResult
        For each row, ``.keep`` says whether it is kept; ``.witness``, ``.similarity`` and
        ``.exact`` say why it is removed. ``.selected`` are the kept texts.

    Raises
    ------
    TextTypeError
        If ``texts`` is no column of texts.
    ConfigError
        If a setting is unknown or outside its range, or if ``ids``, ``keep`` or ``source`` has not
        n values.
    InputError
        If the decisions file cannot be read, or has no complete line.

    Notes
    -----
    Every removed row has a witness: a kept row to which its similarity, by ``measure``, is at least
    ``threshold``, or that a person judged to be its copy. The similarity is exact, the search is
    not: a copy can be missed if more than 64 kept texts share most of their words (a form filled in
    a thousand times, or any texts with ``ngram_size=1``). ``near_duplicates`` has no such limit. In
    real news no copy was missed (``benchmarks/results``).

    None, empty texts and texts without a word are kept.

    With ``source``, similarity, exact copies and the longest copy are those of the texts without
    their frames. ``.selected`` are the whole texts all the same: ``deduplicate_blocks`` removes
    frames.

    Source: containment and bottom-k sketches are of Broder 1997, "On the resemblance and
    containment of documents"; prefix filtering is of Chaudhuri, Ganti and Kaushik 2006.

    Examples
    --------
    >>> story = "The ferry was late again, and nobody on the pier could say why it was so."
    >>> result = deduplicate([story, "Something else.", story.upper(), None])
    >>> result
    <DedupResult: kept 3 of 4 texts; removed 1 exact copy; kept 1 without words>
    >>> result.keep.tolist(), result.witness.tolist()
    ([True, True, False, True], [0, 1, 0, 3])
    """
    if isinstance(keep, str):
        overrides["keep"] = keep
    config = Config.of(config, overrides)
    if config.keep == "auto":
        config = replace(config, keep="longest")
    threads = check_threads(threads)
    column, config = prepare_column(texts, config)
    id_list = None if ids is None else _checked_ids(ids, len(column))
    if keep is None or isinstance(keep, str):
        order_of = PROCESSING_ORDERS[config.keep]
    else:
        order_of = _by_priority(keep, len(column))
    judged, frames, compared = None, None, column
    if decisions is not None:
        if column.is_tokenized:
            raise ConfigError.of("decisions", "names whole texts; texts must be strings, not lists")
        judged = JudgedRows.find(decisions, column.encoded, len(column))
    if source is not None:
        frames, compared = _without_frames(column, source, config, threads)
    if isinstance(compared, PythonTexts) or has_core():  # only the core makes ``PythonTexts``
        rows = input_rows(compared, config, threads)
        matches, counts = _match_by_core(rows, config, order_of, threads=threads, judged=judged)
    else:
        texts = compared.utf8, compared.offsets
        matches, counts = match_texts(*texts, config, order_of=order_of, judged=judged)
    return DedupResult(
        keep=~matches.repeats,
        witness=matches.witness,
        similarity=matches.similarity.astype(np.float32),
        exact=matches.is_exact,
        numeric_variant=matches.numeric_variant,
        tokenless=counts == 0,
        order=matches.order,
        config=config,
        ids=id_list,
        frames=frames,
        _texts=column.originals if isinstance(column, PythonTexts) else column,
    )


def _without_frames(
    column: PackedTexts | PythonTexts, source: object, config: Config, threads: int | None
) -> tuple[PageFrames, PackedTexts]:
    """Return the frames of texts, and the texts without them."""
    config.check_compares_parts("source")
    sources = read_sources(source, len(column))
    packed = column.pack(threads) if isinstance(column, PythonTexts) else column
    frames = find_frames(packed, sources, threads)
    return frames, frames.without_frames(packed)


def match_texts(  # noqa: PLR0913
    utf8: U8,
    offsets: I64,
    config: Config,
    *,
    order_of: ProcessingOrder | None = None,
    reference_count: int = 0,
    threads: int | None = None,
    sketches: list[Any] | None = None,
    judged: JudgedRows | None = None,
    memory: Memory = IN_RAM,
) -> tuple[Matches, I64]:
    """Match every row of a packed text with the kept rows.

    Parameters
    ----------
    utf8, offsets
        n rows of well-formed UTF-8.
    order_of
        Returns the processing order from the number of tokens of each row; that of
        ``config.keep`` when None.
    reference_count
        The first so many rows are references: they are kept whatever they repeat. They must come
        first in the processing order.
    threads
        Number of threads; all available cores when None.
    sketches
        Of batches of the last rows, made by ``batch_sketcher``. The list is emptied.
    judged
        Pairs of rows that a person judged.
    memory
        Where large arrays lie.

    Returns
    -------
    matches, counts
        And the number of tokens of each row, (n,).
    """
    order_of = order_of or PROCESSING_ORDERS[config.keep]
    if has_core():
        rows = PackedRows(utf8, offsets, config, memory)
        return _match_by_core(rows, config, order_of, reference_count, threads, sketches, judged)
    tokens, shingles = tokens_and_shingles(utf8, offsets, config)
    counts = tokens.hashes.lengths
    matches = match(
        tokens.hashes,
        shingles,
        config,
        order_of(counts),
        reference_count,
        exempts=PairRule(*recode(utf8, offsets, config.unit), config).exempts,
        numbers=exact_copy_numbers(utf8, offsets, config),
        judged=judged,
    )
    return matches, counts


def match_read_rows(  # noqa: PLR0913
    rows: ReadRows,
    order_of: ProcessingOrder,
    sketches: list[Any],
    *,
    reference_count: int = 0,
    threads: int | None = None,
    judged: JudgedRows | None = None,
) -> Matches:
    """Match rows that were all sketched, and are read again to be compared, as ``match_texts``."""
    return _match_by_core(rows, rows.config, order_of, reference_count, threads, sketches, judged)[
        0
    ]


def _match_by_core(  # noqa: PLR0913, PLR0917
    rows: InputRows,
    config: Config,
    order_of: ProcessingOrder,
    reference_count: int = 0,
    threads: int | None = None,
    sketches: list[Any] | None = None,
    judged: JudgedRows | None = None,
) -> tuple[Matches, I64]:
    copies, keys = prepare_rows(rows, config, order_of, threads, sketches)
    with rows.memory.progress.part(MATCHING_SHARE, 1.0):
        found = match_rows(
            rows.read_again(),
            keys,
            MatchSettings.of(config),
            judged=None if judged is None else judged.between_copies(copies.representative),
            reference_count=reference_count,
            threads=threads,
        )
    return Matches(copies.order, copies.representative, *found), copies.counts


def prepare_rows(
    rows: InputRows,
    config: Config,
    order_of: ProcessingOrder,
    threads: int | None = None,
    sketches: list[Any] | None = None,
) -> tuple[ExactCopies, SharedKeys]:
    """Run the stages 1 to 3: sketch rows, group exact copies, keep shared keys.

    Parameters
    ----------
    sketches
        Of batches of the last rows, where they were sketched before. The list is emptied.
    """
    sketcher, progress = sketcher_for(config), rows.memory.progress
    sketches = [] if sketches is None else sketches
    sketched_share = 0.0 if sketches else SKETCHED_SHARE
    with progress.part(0.0, sketched_share):
        _sketch_rows(rows, sketcher, sketches, threads)
    with progress.part(sketched_share, MATCHING_SHARE):
        copies = _group_exact_copies(rows, sketches, config, order_of, threads)
        return copies, sketcher.keep_shared_keys(sketches, copies, threads, rows.memory)


def _sketch_rows(
    rows: InputRows,
    sketcher: BottomSketcher | BandSketcher,
    sketches: list[Any],
    threads: int | None,
) -> None:
    """Put the sketches of the first rows before those of the last rows."""
    missing = len(rows) - sum(len(batch.counts) for batch in sketches)
    if missing or not sketches:
        sketch = partial(sketcher.sketch, store=rows.memory.new_store())
        reported = rows.memory.progress.steps(sketch, missing)
        sketches[:0] = rows.sketch(reported, missing, threads)


def _group_exact_copies(
    rows: InputRows,
    sketches: list[Any],
    config: Config,
    order_of: ProcessingOrder,
    threads: int | None,
) -> ExactCopies:
    memory = rows.memory
    counts, fingerprints = (
        memory.join_stored(column) for column in [*zip(*sketches, strict=True)][:2]
    )

    def number_fingerprints(wanted: Flags) -> U64:
        return native_number_fingerprints(rows.texts, wanted, threads=threads, memory=memory)

    numbers = number_fingerprints if config.numeric_variants == "keep" else None
    return group_exact_copies(counts, fingerprints, order_of, numbers, memory)


def _checked_ids(ids: Iterable[Any], count: int) -> list[Any]:
    """Return the ids as a list, after a check of their type and number."""
    if isinstance(ids, (str, bytes, AbstractSet, Mapping)) or not isinstance(ids, Iterable):
        raise ConfigError(f"ids must be a list or column of ids, got {type(ids).__name__}")
    shape = getattr(ids, "shape", (count,))
    if len(shape) != 1:
        raise ConfigError(f"ids must be one column of ids, got {type(ids).__name__} of {shape}")
    id_list = to_python_list(ids)
    if len(id_list) != count:
        raise ConfigError(f"ids must have an id for each text, {count}, got {len(id_list)}")
    return id_list


def _by_priority(keep: Iterable[Any], count: int) -> ProcessingOrder:
    """Return the order by descending priority, after a check of the priorities."""
    try:
        priorities = np.asarray(keep)
    except ValueError:  # lists of different lengths
        priorities = np.empty((0, 0))
    if priorities.ndim != 1 or priorities.dtype.kind not in "iufb":
        got = reprlib.repr(priorities.tolist() if priorities.size else keep)
        choices = ", ".join(get_args(Keep))
        raise ConfigError(f"keep must be one of {choices}, or a number for each text, got {got}")
    if isinstance(keep, np.ma.MaskedArray) and np.ma.is_masked(keep):
        row = int(np.ma.getmaskarray(keep).argmax())
        raise ConfigError(f"keep[{row}] must be a number, got none")
    if priorities.dtype.kind == "f" and np.isnan(priorities).any():
        raise ConfigError(f"keep[{int(np.isnan(priorities).argmax())}] must be a number, got nan")
    if len(priorities) != count:
        raise ConfigError(f"keep must have a number for each text, {count}, got {len(priorities)}")
    # Unsigned and boolean numbers cannot be negated, but their places in ascending order can.
    places = np.unique(priorities, return_inverse=True)[1]
    order = np.argsort(-places, kind="stable")
    return lambda _: order
