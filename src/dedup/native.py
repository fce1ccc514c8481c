"""The compiled core of the package, and whether it is used.

``DEDUP_NATIVE`` decides once, when the package is imported: ``0`` leaves the core out, ``require``
fails where it is missing, and the name of a level of the processor (``portable``, ``v2``, ``v3``,
``v4``) chooses that one.
"""

import os
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
        """Return the witness and the similarity of each row, as ``decide.match_inside`` does.

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
