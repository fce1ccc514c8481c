"""Sketches texts in batches, with the compiled core, while further texts are read."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from dedup.arrays.array_types import I64, U8
from dedup.arrays.memory import IN_RAM, Memory
from dedup.arrays.native import has_core
from dedup.arrays.packed import PackedTexts
from dedup.config import Config, Measure
from dedup.matching.bottom_sketch import BottomSketcher, SharedHashing
from dedup.matching.lsh import BandSketcher
from dedup.text.hashing import NativeTexts
from dedup.text.recode import UNRECODED_UNITS, recode


def batch_sketcher(config: Config, memory: Memory = IN_RAM) -> "BatchSketcher | None":
    """Return what sketches batches of rows while further rows are read.

    Without the compiled core None is returned.
    """
    return BatchSketcher(config, memory) if has_core() else None


class BatchSketcher:
    """Sketches batches of rows; ``match_texts`` takes the results, one for each call."""

    def __init__(self, config: Config, memory: Memory) -> None:
        self._config, self._store = config, memory.new_store()
        self._sketcher = sketcher_for(config)

    def __call__(self, utf8: U8, offsets: I64) -> Any:  # noqa: ANN401  depends on the measure
        """Sketch the rows of a packed text."""
        texts, last = self._texts(utf8, offsets), len(offsets) - 1
        return self._sketcher.sketch(texts, 0, last, self._store)

    def _texts(self, utf8: U8, offsets: I64) -> NativeTexts:
        return NativeTexts(*recode(utf8, offsets, self._config.unit), self._config)

    def shared_hashing(self) -> SharedHashing | None:
        """Return what collects sketches while texts are searched for repeated blocks.

        None if sketches need other hashes.
        """
        if isinstance(self._sketcher, BottomSketcher) and self._config.unit in UNRECODED_UNITS:
            return SharedHashing(self._sketcher.settings, [])
        return None

    def set_aside(self, shared: SharedHashing, changed: I64, texts: PackedTexts) -> list[Any]:
        """Return the collected sketches, with new ones for texts that have changed since.

        Parameters
        ----------
        changed
            (m,): the changed rows, ascending.
        texts
            n texts: all rows as they are now.
        """
        assert isinstance(self._sketcher, BottomSketcher)
        sketches, first = [], 0
        for found in shared.found:
            arrays, stop = found, first + len(found.counts)
            rows = changed[(first <= changed) & (changed < stop)]
            if len(rows):
                taken = texts.take(rows)
                native = self._texts(taken.utf8, taken.offsets)
                new_sketches = self._sketcher.sketch_arrays(native, 0, len(rows))
                arrays = arrays.replace_rows(rows - first, new_sketches, self._config.ngram_size)
            sketches.append(self._sketcher.set_aside(arrays, self._store))
            first = stop
        return sketches


SKETCHERS: dict[Measure, Callable[[Config], BottomSketcher | BandSketcher]] = {
    "containment": BottomSketcher,
    "jaccard": BandSketcher,
}


@lru_cache(maxsize=8)
def sketcher_for(config: Config) -> BottomSketcher | BandSketcher:
    """Return the sketcher for the measure; it needs the compiled core.

    Its specification is ``candidates.sketch_keys``.
    """
    return SKETCHERS[config.measure](config)
