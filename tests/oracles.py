"""Oracles in plain Python: slow, obvious, and without code from ``dedup``."""

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

# A token: each base character with its marks, sorted.
Token = tuple[tuple[str, ...], ...]


def tokens(text: str) -> list[Token]:
    """Tokenize character by character, by the rules of docs/decisions/0003-tokens.md."""
    return tokens_of_folded(part for char in text for part in fold(ord(char)))


def folded_within_bytes(char: str) -> list[str]:
    """Fold a character, but to no more letters than it has UTF-8 bytes."""
    parts: list[str] = []
    letters, max_letters = 0, len(char.encode("utf-8", "surrogatepass"))
    for part in fold(ord(char)):
        if letters == max_letters:
            break
        letters += kind(ord(part)) in (WORD, DIGIT, IDEOGRAPH, LETTER)
        parts.append(part)
    return parts


def tokens_of_folded(chars: Iterable[str]) -> list[Token]:
    """Tokenize folded characters."""
    found: list[list[list[str]]] = []
    joins = None  # the last token takes letters and marks ("word") or only marks ("single")
    for char in chars:
        char_kind = kind(ord(char))
        if char_kind == IGNORED:
            continue
        if char_kind == MARK:
            if joins is not None:
                found[-1][-1].append(char)
            continue
        if char_kind in (WORD, DIGIT) and joins == "word":
            found[-1].append([char])
        elif char_kind in (WORD, DIGIT, IDEOGRAPH, LETTER):
            found.append([[char]])
        kinds = {WORD: "word", DIGIT: "word", IDEOGRAPH: "single", LETTER: "single"}
        joins = kinds.get(char_kind)
    return [tuple((base[0], *sorted(base[1:])) for base in bases) for bases in found]


def characters(text: str) -> list[Token]:
    """Return each letter or digit of the tokens, with its marks, as a token."""
    parts = (part for char in text for part in folded_within_bytes(char))
    return [(base,) for token in tokens_of_folded(parts) for base in token]


UNITS = {"word": tokens, "char": characters}


def shingle_set(words: Sequence[object], ngram_size: int) -> set[tuple[object, ...]]:
    """Return the n-grams. Fewer than n words are one shingle; no words have none."""
    if len(words) <= ngram_size:
        return {tuple(words)} if words else set()
    return {
        tuple(words[start : start + ngram_size]) for start in range(len(words) - ngram_size + 1)
    }


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
    """Compare every row with every kept row; return witness and similarity, both (n,)."""
    sets = [set(shingle_set(row, ngram_size)) for row in rows]
    witness, scores = list(range(len(rows))), [0.0] * len(rows)
    first: dict[tuple[object, ...], int] = {}
    kept: list[int] = []
    for row in order:
        words = tuple(rows[row])
        if not words:
            continue
        same = first.setdefault(words, row)
        if same != row and witness[same] == same:
            witness[row], scores[row] = same, 1.0
            continue
        best, found = 0.0, row
        for kept_row in sorted(kept):
            score = similarity(set(sets[row]), set(sets[kept_row]))
            if score > best:
                best, found = score, kept_row
        if best >= threshold:
            witness[row], scores[row] = found, best
        else:
            kept.append(row)
    return witness, scores
