"""Doors to frameworks that are not installed have no examples that could run."""

from importlib.util import find_spec

DOORS = {
    "datatrove": "datatrove",
    "langchain": "langchain_core",
    "llama_index": "llama_index",
    "scrapy": "scrapy",
}
collect_ignore = [
    f"src/dedup/adapters/{door}.py" for door, library in DOORS.items() if find_spec(library) is None
]
