"""The entry point of the command ``dedup-clean``, which handles Ctrl-C while ``dedup`` is imported.

An interrupt during an import may turn into any error. So before and after ``dedup.cli.main`` runs,
Ctrl-C ends the process at once; meanwhile ``dedup.cli.main`` handles it.

Garbage is not collected during the imports, which make many objects and no garbage, and later
collections skip these objects: a small run takes 0.02 to 0.04 s less.

The algebra library of numpy starts a thread for each core when numpy is imported, and these threads
wait by spinning. The command does no linear algebra, so it asks for one thread: a small run on two
cores takes 0.18 s of processor time instead of 0.28 s.
"""

import gc
import os
import signal
from typing import NoReturn

EXIT_INTERRUPTED = 130


def main() -> int:
    """Run ``dedup-clean`` with the arguments of the process and return its exit code."""
    before = signal.getsignal(signal.SIGINT)
    # If the caller of the process set SIGINT to be ignored, it stays ignored.
    handler = _exit_at_once if before is signal.default_int_handler else before
    signal.signal(signal.SIGINT, handler)
    gc.disable()
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        from dedup.cli.main import main as run  # noqa: PLC0415  slow: Ctrl-C may come meanwhile

        gc.freeze()
        gc.enable()
        signal.signal(signal.SIGINT, before)
        return run()
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    finally:
        signal.signal(signal.SIGINT, handler)


def _exit_at_once(*_: object) -> NoReturn:
    os._exit(EXIT_INTERRUPTED)
