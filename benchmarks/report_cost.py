"""Measure how long a report takes beside ``deduplicate``, and how large its page is.

Run it as ``python -m benchmarks.report_cost allsides reuters21578`` for corpora in ``DEDUP_DATA``,
or with ``--made 1000000`` for generated paragraphs.
"""

import argparse
from collections.abc import Iterator
from time import perf_counter

import dedup
from benchmarks.corpora import articles
from benchmarks.generated_texts import dump
from benchmarks.tables import render

HEADERS = ("texts", "MB", "removed", "deduplicate, s", "report, s", "page, MB")
MAX_PAGE_BYTES = 10_000_000


def measure(name: str, texts: list[str]) -> tuple[str, ...]:
    """Return a row of the table; check that the page is not too large."""
    start = perf_counter()
    result = dedup.deduplicate(texts)
    decided = perf_counter()
    page = result.report()
    done = perf_counter()
    size = len(page.encode())
    assert size < MAX_PAGE_BYTES, f"{name}: the page has {size:,} bytes"
    megabytes = sum(map(len, texts)) / 1e6
    return (
        f"{name}: {len(texts):,}",
        f"{megabytes:,.0f}",
        f"{int((~result.keep).sum()):,}",
        f"{decided - start:.1f}",
        f"{done - decided:.1f}",
        f"{size / 1e6:.2f}",
    )


def rows(names: list[str], made: int) -> Iterator[tuple[str, ...]]:
    """Yield a row for each corpus, and one for generated texts."""
    for name in names:
        yield measure(name, articles(name))
    if made:
        yield measure("generated", dump(made, kind="paragraph").texts)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--made", type=int, default=0, metavar="N")
    arguments = parser.parse_args()
    render("Reports", HEADERS, [*rows(arguments.names, arguments.made)])


if __name__ == "__main__":
    main()
