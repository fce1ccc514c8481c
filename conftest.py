"""Doors to frameworks that are not installed have no examples that could run."""

from importlib.util import find_spec

DOORS = {
    "adapters/datatrove": "datatrove",
    "adapters/llama_index": "llama_index",
    "adapters/scrapy": "scrapy",
    "index/stores/postgres": "psycopg",
}
collect_ignore = [
    f"src/dedup/{door}.py" for door, library in DOORS.items() if find_spec(library) is None
]
