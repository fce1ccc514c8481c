"""``python -m dedup`` is the command ``dedup-clean``."""

import sys

from dedup_clean import main

if __name__ == "__main__":
    sys.exit(main())
