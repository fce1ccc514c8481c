"""Where tokens begin in the buffer."""

from dedup.kernels.alphabet import SEVERAL
from dedup.kernels.characters import decoded, meaning, meaning_of_part
from dedup.kernels.jit import unallocating
from dedup.kernels.pieces import piece_of
from dedup.kernels.rows import Texts
from dedup.kernels.scalar import U
from dedup.records import I64
from dedup.text.unicode import DIGIT, IGNORED, MARK, SEPARATOR, WORD

NONE, JOINED, SINGLE = range(3)


@unallocating
def find_places(pieces: Texts, firsts: I64, wanted: I64, places: I64, before: I64) -> None:
    """Find tokens.

    Parameters
    ----------
    firsts
        (p + 1,): the first token of each piece.
    wanted
        (m,): tokens, counted through all rows, ascending.
    places
        (m,): for the byte where the character begins that each token begins with,
    before
        and for how many tokens before it begin with the same character.
    """
    utf8, offsets, alphabet, _, characters = pieces
    piece, token, place, state = -1, 0, U(0), NONE
    for at in range(len(wanted)):
        if piece < 0 or wanted[at] >= firsts[piece + 1]:
            piece = piece_of(firsts, wanted[at])
            # The next character, the next token to begin, and what it may belong to.
            place, token, state = U(offsets[piece]), firsts[piece], NONE
        while True:
            code, behind = decoded(utf8, place)
            kind, _, _, part, until = meaning(code, alphabet)
            several = kind == SEVERAL
            begun, reached = token, state
            while part < until:
                if several:
                    kind = meaning_of_part(part, alphabet)[0]
                part += U(1)
                if kind in (IGNORED, MARK):
                    continue
                joins = kind in (WORD, DIGIT)
                if kind != SEPARATOR and (characters or not (joins and reached == JOINED)):
                    begun += 1
                reached = NONE if kind == SEPARATOR else JOINED if joins else SINGLE
            if begun > wanted[at]:
                break
            place, token, state = behind, begun, reached
        places[at], before[at] = place, wanted[at] - token
