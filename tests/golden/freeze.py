"""Compute the frozen results and write them: ``python -m tests.golden.freeze``.

A changed digest means a changed result. Name it and the reason in the changelog.
"""

import json
import sys
from pathlib import Path

from tests.golden.digests import results_of
from tests.golden.frozen_texts import CORPORA, GENERATED, corpus_texts

FROZEN = Path(__file__).with_name("frozen.json")


def main() -> None:
    """Compute all digests and write them."""
    frozen = {name: results_of(GENERATED[name]()) for name in GENERATED}
    for name in CORPORA:
        texts = corpus_texts(name)
        if texts is None:
            sys.exit(f"{name} is missing: set DEDUP_DATA")
        frozen[name] = results_of(texts)
    FROZEN.write_text(json.dumps(frozen, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
