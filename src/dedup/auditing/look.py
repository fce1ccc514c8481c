"""What one way to count similarity shows of a sample."""

from dataclasses import dataclass

from dedup.auditing.chance import Chance, chance_of, clear_from
from dedup.auditing.neighbours import View, neighbours
from dedup.config import PRESETS, Config
from dedup.records import F64, I64, Flags
from dedup.text.packed import Packed

TOLD = 0.5  # of the texts so many alike by chance at most, or copies cannot be told beside
SHORT = 100  # words of a text, from which on it is long


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """The similarities of the texts that were compared with all others of a sample.

    Attributes
    ----------
    view
        What was counted.
    rows, nearest
        (q,) int64: the texts, and the most similar other one of each, by their places.
    similarity
        (q,) float64: of the two, exact.
    form
        (q,) bool: whether the two are alike in a part that a third has too, and each is alone with
        the rest, as are texts of one form or in one frame.
    chance
        What unlike texts share.
    clear
        The least threshold at which chance explains one in a hundred of what is found.
    """

    view: View
    rows: I64
    nearest: I64
    similarity: F64
    form: Flags
    chance: Chance
    clear: float

    def by_chance(self, threshold: float) -> float:
        """Return the share of what is found at a threshold that is alike by chance, at most 1.

        A text that has a copy is not found by chance, whatever else it is like: of ``found``, with
        the share ``c`` alike by chance, ``(found - c) / (1 - c)`` have copies. Where most texts are
        alike by chance that cannot be told, and none is taken to have one.
        """
        found = float((self.similarity >= threshold).mean()) if len(self.similarity) else 0.0
        chance = self.chance.share(threshold)
        copies = max((found - chance) / (1 - chance), 0.0) if chance <= TOLD else 0.0
        return min(chance * (1 - copies) / found, 1.0) if found else 0.0

    def unsure(self, threshold: float) -> float:
        """Return the share of what is found at a threshold that may be forms, or in one frame."""
        found = self.similarity >= threshold
        return float(self.form[found].mean()) if found.any() else 0.0


def looks(packed: Packed, config: Config, words: int, threads: int | None) -> dict[str, Look]:
    """Look at a sample with the settings that were given, ``"own"``, and with those of presets.

    Parameters
    ----------
    words
        The median of the texts; ``"short"`` is left out where they are long.
    """
    views = {"own": View(config.measure, config.unit, config.ngram_size)}
    for name in ("ocr", "short", "web") if words < SHORT else ("ocr", "web"):
        preset = Config(**PRESETS[name])
        views[name] = View(preset.measure, preset.unit, preset.ngram_size)
    seen = {view: _look(packed, view, config.seed, threads) for view in set(views.values())}
    return {name: seen[view] for name, view in views.items()}


def _look(packed: Packed, view: View, seed: int, threads: int | None) -> Look:
    found = neighbours(packed, view, seed, threads)
    chance = chance_of(found)
    clear = clear_from(found, chance)
    return Look(view, found.queries, found.nearest, found.similarity, found.form, chance, clear)
