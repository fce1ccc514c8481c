"""The compiled core of the package, and whether it is used.

``DEDUP_NATIVE`` decides once, when the package is imported: ``0`` leaves the core out, ``require``
fails where it is missing, and the name of a level of the processor (``portable``, ``v2``, ``v3``,
``v4``) chooses that one.
"""

import os
import warnings
from functools import cache
from importlib import import_module
from typing import Any, Protocol, cast

from dedup.records import F64, I64, U8, U32, U64, Flags

VARIABLE = "DEDUP_NATIVE"


class RowsRule(Protocol):
    """The rule of numeric variants for some rows, as ``matching.numeric_variants.PairRule``."""

    def spares(self, row: int, witness: int, similarity: float) -> bool:
        """Tell whether a row stays, though it is similar to a witness that is no exact copy."""

    def is_numeric_variant(self, row: int, witness: int, similarity: float) -> bool:
        """Tell whether a block of a text is a numeric variant of a witness."""

    def is_item(self, row: int) -> bool:
        """Tell whether a block is an item of a list or a row of a table."""


class Core(Protocol):
    """The functions of the extension ``dedup._native``; ``src/native/module.cpp`` has them."""

    sources: str  # a digest of what it was built from

    def level(self) -> str:
        """Return the level of the processor that is used."""

    def use_level(self, name: str) -> None:
        """Use another level; ValueError where this processor lacks it."""

    def Alphabet(self, tables: object) -> Any:  # noqa: ANN401, N802  a class
        """Hold the arrays of ``kernels.alphabet.Alphabet`` and the weights of the kinds."""

    def Texts(  # noqa: N802  a class
        self,
        utf8: U8,
        offsets: I64,
        alphabet: Any,  # noqa: ANN401
        places: U64,
        characters: bool,  # noqa: FBT001
    ) -> Any:  # noqa: ANN401
        """Hold rows; ValueError where offsets do not ascend or lie beyond the text."""

    def token_rows(self, texts: Any, first: int, last: int) -> tuple[U64, U8, I64]:  # noqa: ANN401
        """Return the tokens of rows, what each weighs, and how many each row has."""

    def shingle_rows(self, texts: Any, first: int, last: int) -> tuple[U64, I64]:  # noqa: ANN401
        """Return the shingles of rows, sorted and unique, and how many each row has."""

    def signatures(  # noqa: PLR0913, PLR0917
        self,
        texts: Any,  # noqa: ANN401
        first: int,
        last: int,
        factors: U32,
        shifts: U32,
        result: U32,
    ) -> None:
        """Write the MinHash signatures of rows into ``result`` (n, num_perm)."""

    def sketch_bottom(  # noqa: PLR0913, PLR0917
        self,
        texts: Any,  # noqa: ANN401
        first: int,
        last: int,
        print_keys: U64,
        size: int,
        most: int,
        part: int,
        whole: int,
        room: U32,
    ) -> tuple[I64, U64, U32, I64, U32 | None]:
        """Return of rows their tokens, fingerprints, probes, how many these are, and all keys.

        The keys are written to ``room``, and None is returned, if there is enough.
        """

    def sketch_bands(  # noqa: PLR0913, PLR0917
        self,
        texts: Any,  # noqa: ANN401
        first: int,
        last: int,
        print_keys: U64,
        factors: U32,
        shifts: U32,
        band_factors: U64,
        band_shifts: U64,
    ) -> tuple[I64, U64, U32]:
        """Return of rows their tokens, fingerprints, and the keys of their bands, by bands."""

    def print_rows(  # noqa: PLR0913, PLR0917
        self,
        texts: Any,  # noqa: ANN401
        first: int,
        last: int,
        print_keys: U64,
        counts: I64,
        prints: U64,
    ) -> None:
        """Write how many tokens rows have, (n,), and their fingerprints, (n, 2)."""

    def lead_rows(self, order: I64, counts: I64, prints: U64, table: I64, leader: I64) -> None:
        """Write the first row taken with the fingerprint of each; ``table`` is for all rows."""

    def KeyParts(self, chunks: list[tuple[U32, I64]]) -> Any:  # noqa: ANN401, N802  a class
        """Hold keys of chunks of rows, each sorted into the same parts, and their bounds."""

    def CoarseFilter(self, keys: U32) -> Any:  # noqa: ANN401, N802  a class
        """Note the upper bits of keys."""

    def part_keys(  # noqa: PLR0913, PLR0917
        self, keys: U32, edges: I64, wanted: Flags, first: int, last: int, parts: int
    ) -> tuple[U32, I64]:
        """Return the keys of the wanted rows sorted into parts, and the bounds of these."""

    def note_part(self, keys: Any, part: int, filter: U64) -> None:  # noqa: ANN401, A002
        """Note the keys of a part, of all chunks, in a filter."""

    def wanted_keys(  # noqa: PLR0913, PLR0917
        self,
        probes: U32,
        found: I64,
        keys: U32,
        counts: I64,
        ngram_size: int,
        filter: U64,  # noqa: A002
        coarse: Any,  # noqa: ANN401
    ) -> tuple[U32, I64]:
        """Return the keys of rows that other rows look up, flat, and how many each has."""

    def noted_keys(
        self,
        keys: U32,
        edges: I64,
        first: int,
        last: int,
        filter: U64,  # noqa: A002
    ) -> tuple[U32, I64]:
        """Return the keys of rows that a filter has, flat, and how many each has."""

    def share_band(
        self,
        keys: U32,
        wanted: Flags,
        filter: U64,  # noqa: A002
        shared: Flags,
    ) -> None:
        """Note which rows have a key of a band that a wanted other row has; the filter is empty."""

    def shared_keys(
        self, keys: U32, shared: Flags, counts: I64, first: int, last: int
    ) -> tuple[U32, I64]:
        """Return the keys (bands, n) of rows that others share, flat, and how many each has."""

    def take_keys(  # noqa: PLR0913, PLR0917
        self,
        keys: U32,
        edges: I64,
        order: I64,
        offsets: I64,
        taken: U32,
        first: int,
        last: int,
    ) -> None:
        """Copy the keys of rows to where those of some turns are."""

    def number_part(self, asked: Any, entered: Any, part: int) -> int:  # noqa: ANN401
        """Write numbers over the keys of a part; return how many there are."""

    def gather_numbers(  # noqa: PLR0913, PLR0917
        self,
        keys: U32,
        offsets: I64,
        first: int,
        last: int,
        parts: Any,  # noqa: ANN401
        chunk: int,
        firsts: I64,
        final: U32,
        given: int,
        written: int,
        lengths: I64,
    ) -> tuple[int, int]:
        """Write the numbers of the keys of some turns; return how many were given and written."""

    def Matcher(  # noqa: N802, PLR0913, PLR0917  a class
        self,
        texts: Any,  # noqa: ANN401
        sketches: object,
        tables: object,
        rule: Any,  # noqa: ANN401
        threshold: float,
        contained: bool,  # noqa: FBT001
        full: int,
        counted: int,
        compared: int,
        listed: int,
    ) -> Any:  # noqa: ANN401
        """Hold what is needed to take rows in order: see ``kernels.matching``."""

    def NumberSigns(self, constants: object) -> Any:  # noqa: ANN401, N802  a class
        """Hold the digits and marks of ``matching.numbers``."""

    def ItemMarks(self, constants: object) -> Any:  # noqa: ANN401, N802  a class
        """Hold the bullets and dashes of ``matching.items``."""

    def Names(self, constants: object) -> Any:  # noqa: ANN401, N802  a class
        """Hold the names of months and weekdays as tokens of a seed."""

    def PairRule(self, settings: object) -> Any:  # noqa: ANN401, N802  a class
        """Hold the settings of ``matching.numeric_variants``, for any texts."""

    def TextsRule(self, rule: Any, texts: Any) -> RowsRule:  # noqa: ANN401, N802  a class
        """Apply a rule to rows."""

    def number_prints(  # noqa: PLR0913, PLR0917
        self,
        texts: Any,  # noqa: ANN401
        signs: Any,  # noqa: ANN401
        wanted: Flags,
        first: int,
        last: int,
        result: U64,
    ) -> None:
        """Write the fingerprints of the numbers of rows into ``result`` (n,), 0 if not wanted."""

    def layout(
        self,
        utf8: U8,
        offsets: I64,
        rule: Any,  # noqa: ANN401
    ) -> tuple[I64, I64, I64, I64, U8]:
        """Return where lines begin, the first of each text, paragraphs likewise, and their kinds.

        0 for texts whose blocks are lines, 1 for lines or paragraphs, 2 for any blocks. The rule
        is a ``text.blocks.LayoutRule``.
        """

    def cut_lines(
        self,
        utf8: U8,
        offsets: I64,
        rule: Any,  # noqa: ANN401
        always: bool,  # noqa: FBT001
    ) -> tuple[I64, Flags]:
        """Return where blocks begin in the texts whose blocks are lines, and which these are."""

    def gather(self, utf8: U8, begins: I64, ends: I64, found: U8) -> None:
        """Lay stretches end to end into ``found``; ValueError where they do not fill it."""

    def match_blocks(  # noqa: PLR0913, PLR0917
        self,
        shingles: U64,
        offsets: I64,
        order: I64,
        leader: I64,
        threshold: float,
        contained: bool,  # noqa: FBT001
    ) -> tuple[I64, F64]:
        """Return the witness and the similarity of each row, as ``keep_first.match_inside`` does.

        The order is that of the rows that have tokens.
        """

    def self_repeating(
        self,
        texts: Any,  # noqa: ANN401
        rule: Any,  # noqa: ANN401
        layout: Any,  # noqa: ANN401
        block: str,
    ) -> Flags:
        """Tell which texts may repeat blocks of themselves, by a ``repetition.Rule``."""

    def mark_runs(
        self,
        groups: I64,
        words: I64,
        shingles: U64,
        offsets: I64,
        rule: Any,  # noqa: ANN401
    ) -> Flags:
        """Tell which rows ``runs.find_runs`` removes, where the first copy of a group stays."""

    def clean_lines(
        self,
        texts: Any,  # noqa: ANN401
        rule: Any,  # noqa: ANN401
        layout: Any,  # noqa: ANN401
        variants: Any,  # noqa: ANN401
        always: bool,  # noqa: FBT001
    ) -> tuple[U8, I64, I64]:
        """Return what ``repetition.clean_lines`` does; the variants are a ``PairRule``."""

    def repeat_blocks(
        self,
        texts: Any,  # noqa: ANN401
        firsts: I64,
        rule: Any,  # noqa: ANN401
        variants: Any,  # noqa: ANN401
    ) -> Flags:
        """Tell which texts may repeat their blocks, which are rows."""

    DamagedError: type[Exception]  # of a chunk of pairs

    def pack_pairs(self, pairs: U64, room: int, most: int, sampled: int) -> tuple[I64, U64]:
        """Pack sorted pairs; return where each chunk ends, and the words of all."""

    def unpack_pairs(self, words: U64, edges: I64, sampled: int) -> U64:
        """Return the pairs of chunks, chunk i ``words[edges[i]:edges[i + 1]]``, two words left.

        DamagedError where a chunk is damaged.
        """

    def find_rows(  # noqa: PLR0913, PLR0917
        self,
        words: U64,
        edges: I64,
        sampled: int,
        lows: I64,
        highs: I64,
        keys: U32,
        floor: int,
        gone: I64,
        most: int,
    ) -> tuple[I64, I64]:
        """Do as ``store.pairs.found``, of chunks as for ``unpack_pairs``."""

    def chunks_for(self, fences: U32, keys: U32) -> tuple[I64, I64, I64]:
        """Do as ``store.fences.chunks_for``."""

    def cut_rows(self, texts: Any, first: int, last: int) -> tuple[I64, I64]:  # noqa: ANN401
        """Cut rows into pieces, each of which can be cut into tokens by itself.

        Returns
        -------
        begins
            (p,): where each piece begins in the buffer; it ends where the next one begins.
        counts
            (last - first,): how many pieces each row has, none if it is empty.
        """

    def winnow(  # noqa: PLR0913, PLR0917
        self,
        pieces: Any,  # noqa: ANN401
        owners: I64,
        first: int,
        last: int,
        size: int,
        width: int,
        apart: bool,  # noqa: FBT001
    ) -> tuple[I64, U64, I64, U32]:
        """Note the windows of rows by their smallest shingles, the leftmost of equal ones.

        Parameters
        ----------
        pieces
            Texts whose rows are the pieces of all rows.
        owners
            (n + 1,): the first piece of each row.
        size, width
            Tokens of a window and of a shingle.
        apart
            Whether equal shingles of two rows are noted as two: equal windows of one row have one.

        Returns
        -------
        counts
            (p,): the tokens of each piece of these rows.
        hashes, starts, lengths
            (m,): smallest shingles, the first window that each is the smallest of, with tokens
            counted from the first of these rows, and how many windows there are.
        """

    def find_sources(  # noqa: PLR0913, PLR0917
        self,
        pieces: Any,  # noqa: ANN401
        firsts: I64,
        hashes: U64,
        starts: I64,
        lengths: U32,
        first: int,
        last: int,
        size: int,
    ) -> tuple[I64, I64, I64]:
        """Find the windows that repeat one before them, and the first one that each repeats.

        Parameters
        ----------
        firsts
            (p + 1,): the first token of each piece.
        hashes, starts, lengths
            (m,): what ``winnow`` notes, by shingle, those of the same one by place.
        first, last
            Which of them; all of a shingle.

        Returns
        -------
        starts, sources, counts
            (r,): parts of the runs that ``kernels.windows.find_runs`` gives.
        """

    def find_places(self, pieces: Any, firsts: I64, wanted: I64) -> tuple[I64, I64]:  # noqa: ANN401
        """Find where tokens begin.

        Parameters
        ----------
        firsts
            (p + 1,): the first token of each piece.
        wanted
            (m,): tokens, counted through all rows, ascending.

        Returns
        -------
        places
            (m,): for the byte where the character begins that each token begins with,
        before
            and for how many tokens before it begin with the same character.
        """


def load(wanted: str) -> Core | None:
    """Return the compiled core, None where it is missing or not wanted.

    Raises
    ------
    ImportError
        When it is missing, and ``wanted`` asks for it.
    ValueError
        When this processor lacks the level.

    Examples
    --------
    >>> load("0") is None
    True
    """
    if wanted == "0":
        return None
    try:
        found = cast("Core", import_module("dedup._native"))
    except ImportError as error:
        if wanted:
            raise ImportError(
                f"dedup was built without its compiled core, and {VARIABLE}={wanted} needs it: "
                "install a C++ compiler and install dedup again"
            ) from error
        return None
    if wanted not in ("", "require"):
        found.use_level(wanted)
    return found


core = load(os.environ.get(VARIABLE, ""))


@cache
def say_that_it_is_slow() -> None:
    """Warn, once, that the package was built without its core, if nobody wanted that."""
    if os.environ.get(VARIABLE, "") != "0":
        warnings.warn(
            "dedup was built without its compiled core and works in numpy, which is some ten times "
            "slower: install a C++ compiler and install dedup again",
            RuntimeWarning,
            stacklevel=2,
        )
