"""Texts for tests of an index, and the texts that an index has."""

from dedup import Index
from dedup.index.stores.records import Id

FERRY = "The ferry was late again, and nobody on the pier could say why it was so this time."
MAYOR = "Something else happened in town: the mayor promised a new bridge by the end of May."
LONGER = f"{FERRY} Only the gulls were there in time, as they have been on every other day."
WEATHER = "Rain is expected along the whole coast, and snow above the tree line in the evening."
LONE = "\ud800"  # half of a character


def contents(index: Index) -> list[tuple[Id, str | None]]:
    return [(item.id, item.text) for item in index.export()]
