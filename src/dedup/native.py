"""The compiled core of the package, and whether it is used.

``DEDUP_NATIVE`` decides once, when the package is imported: ``0`` leaves the core out, ``require``
fails where it is missing, and the name of a level of the processor (``portable``, ``v2``, ``v3``,
``v4``) chooses that one.
"""

import os
from importlib import import_module
from typing import Any, Protocol, cast

from dedup.records import I64, U8, U32, U64

VARIABLE = "DEDUP_NATIVE"


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

    def texts_met(  # noqa: PLR0913, PLR0917
        self, keys: U64, offsets: I64, listed_keys: U64, edges: I64, listed: I64, least: I64
    ) -> tuple[I64, I64, I64]:
        """Count of each text which others are listed under its keys, and how often.

        Parameters
        ----------
        keys, offsets
            n texts: unique keys of each.
        listed_keys, edges, listed
            Keys, of which two may be the same, and the others under each: twice their numbers, and
            1 more where one key in common is enough.
        least
            (n,): how many keys each text has to have in common with others.

        Returns
        -------
        lengths, found, hits
            How many others were found of each text, these as in ``listed``, and how many keys they
            have in common with it.
        """

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
