"""The promises in plain Python: slow, obvious, and sharing no code with what they judge."""

from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet

from tests.brute_force import Verdict, judge, same_rows, similar_pairs
from tools.unicode_tables import (
    DIGIT,
    IDEOGRAPH,
    IGNORED,
    LETTER,
    MARK,
    WORD,
    fold,
    kind,
)

__all__ = [
    "UNITS",
    "Token",
    "Verdict",
    "characters",
    "contained",
    "jaccard",
    "judge",
    "kept_only",
    "same_rows",
    "shingle_set",
    "similar_pairs",
    "tokens",
]

# A token: for each of its base characters, the marks that it carries, in any order.
Token = tuple[tuple[str, ...], ...]


def tokens(text: str) -> list[Token]:
    """Tokenize as docs/decisions/0003-tokens.md says, one character after the other."""
    return tokenized(part for whole in text for part in fold(ord(whole)))


def limited(whole: str) -> list[str]:
    """Fold a character to as many letters as it has bytes, at most, and what is between them."""
    parts: list[str] = []
    letters, most = 0, len(whole.encode("utf-8", "surrogatepass"))
    for part in fold(ord(whole)):
        if letters == most:
            break
        letters += kind(ord(part)) in (WORD, DIGIT, IDEOGRAPH, LETTER)
        parts.append(part)
    return parts


def tokenized(chars: Iterable[str]) -> list[Token]:
    """Tokenize folded characters."""
    found: list[list[list[str]]] = []
    state = None  # what a following character may join
    for char in chars:
        what = kind(ord(char))
        if what == IGNORED:
            continue
        if what == MARK:
            if state is not None:
                found[-1][-1].append(char)
            continue
        if what in (WORD, DIGIT) and state == "word":
            found[-1].append([char])
        elif what in (WORD, DIGIT, IDEOGRAPH, LETTER):
            found.append([[char]])
        state = {WORD: "word", DIGIT: "word", IDEOGRAPH: "alone", LETTER: "alone"}.get(what)
    return [tuple((base[0], *sorted(base[1:])) for base in token) for token in found]


def characters(text: str) -> list[Token]:
    """Take each character of the tokens for a token, with its marks."""
    parts = (part for whole in text for part in limited(whole))
    return [(base,) for token in tokenized(parts) for base in token]


UNITS = {"word": tokens, "char": characters}


def shingle_set(words: Sequence[object], ngram_size: int) -> set[tuple[object, ...]]:
    """Return the n-grams; all words as one where there are fewer; none for none."""
    if len(words) <= ngram_size:
        return {tuple(words)} if words else set()
    return {tuple(words[at : at + ngram_size]) for at in range(len(words) - ngram_size + 1)}


def contained(removed: AbstractSet[object], kept: AbstractSet[object]) -> float:
    return len(removed & kept) / len(removed) if removed else 0.0


def jaccard(left: AbstractSet[object], right: AbstractSet[object]) -> float:
    return len(left & right) / len(left | right) if left | right else 0.0


def kept_only(
    rows: Sequence[Sequence[object]],
    order: Sequence[int],
    ngram_size: int,
    threshold: float,
    similarity: Callable[[set[object], set[object]], float],
) -> tuple[list[int], list[float]]:
    """Compare every row with every standing row; return witness and similarity."""
    sets = [set(shingle_set(row, ngram_size)) for row in rows]
    witness, scores = list(range(len(rows))), [0.0] * len(rows)
    first: dict[tuple[object, ...], int] = {}
    standing: list[int] = []
    for row in order:
        words = tuple(rows[row])
        if not words:
            continue
        same = first.setdefault(words, row)
        if same != row and witness[same] == same:
            witness[row], scores[row] = same, 1.0
            continue
        best, found = 0.0, row
        for other in sorted(standing):
            score = similarity(set(sets[row]), set(sets[other]))
            if score > best:
                best, found = score, other
        if best >= threshold:
            witness[row], scores[row] = found, best
        else:
            standing.append(row)
    return witness, scores
