"""Out of memory is a MemoryError, and no crash; with more memory the same process goes on."""

import os
import subprocess
import sys

import pytest

from dedup.arrays.native import has_core

pytest.importorskip("resource", reason="limits of a process are those of Unix")
if not os.path.exists("/proc/self/statm"):  # noqa: PTH110
    pytest.skip("needs Linux", allow_module_level=True)
SCRIPT = """
import random, resource, sys
import dedup

rng = random.Random(1)
words = [f"word{number}" for number in range(3000)]
texts = [" ".join(rng.choices(words, k=150)) for _ in range(1500)]
texts += [text + " more" for text in texts[::5]]
pages = ["\\n".join([text, texts[7], " ".join(rng.choices(words, k=9))]) for text in texts]
threads = int(sys.argv[2])
page = "\\n".join(texts + texts[:50])
works = {
    "deduplicate": lambda: dedup.deduplicate(texts, threads=threads).keep.sum(),
    "jaccard": lambda: dedup.deduplicate(texts, measure="jaccard", threads=threads).keep.sum(),
    "clean": lambda: len(dedup.clean(page).text),
    "find_spans": lambda: len(dedup.find_spans(texts, threads=threads).spans),
    "deduplicate_blocks": lambda: len(dedup.deduplicate_blocks(pages, threads=threads).patterns),
}
work = works[sys.argv[1]]
expected, everything = work(), resource.getrlimit(resource.RLIMIT_AS)
for megabytes in (*(step / 20 for step in range(20)), 1, 2, 4, 8, 12, 16, 24, 32, 64, 1024):
    with open("/proc/self/statm") as file:
        pages_used = int(file.read().split()[0])
    limit = pages_used * resource.getpagesize() + int(megabytes * 2**20)
    resource.setrlimit(resource.RLIMIT_AS, (limit, everything[1]))
    try:
        found = work()
    except MemoryError:
        found = None
    resource.setrlimit(resource.RLIMIT_AS, everything)
    print("short" if found is None else "done" if found == expected else f"wrong: {found}")
"""


@pytest.mark.long
@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize(
    "work", ["deduplicate", "jaccard", "clean", "find_spans", "deduplicate_blocks"]
)
def test_memory_error_at_any_limit(work: str, threads: int) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", SCRIPT, work, str(threads)],
        check=False,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert ended.returncode == 0, ended.stderr[-3000:]
    said = ended.stdout.split("\n")[:-1]
    assert set(said) <= {"short", "done"}, said
    # Here numpy does with the memory that the first call left.
    if has_core() or (work, threads) != ("deduplicate_blocks", 3):
        assert said[0] == "short"
    assert said[-1] == "done"
