"""Collect no doctests of adapters whose framework is not installed."""

from importlib.util import find_spec

FRAMEWORK_OF = {
    "adapters/datatrove": "datatrove",
    "adapters/llama_index": "llama_index",
    "adapters/scrapy": "scrapy",
    "index/stores/postgres": "psycopg",
}
collect_ignore = [
    f"src/dedup/{module}.py"
    for module, framework in FRAMEWORK_OF.items()
    if find_spec(framework) is None
]
