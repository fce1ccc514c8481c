"""The command ``dedup-clean``, before ``dedup`` is imported.

``dedup.cli.main`` handles Ctrl-C once it runs. An interrupt amid an import may become any error, so
until then, and once it has ended, Ctrl-C ends the process at once.
"""

import os
import signal
from typing import NoReturn

INTERRUPTED = 130


def main() -> int:
    """Run ``dedup-clean`` with the arguments of the process and return its exit code."""
    before = signal.getsignal(signal.SIGINT)
    handled = _leave if before is signal.default_int_handler else before  # else it is ignored
    signal.signal(signal.SIGINT, handled)
    try:
        from dedup.cli.main import main as run  # noqa: PLC0415  takes longer than a key press

        signal.signal(signal.SIGINT, before)
        return run()
    except KeyboardInterrupt:
        return INTERRUPTED
    finally:
        signal.signal(signal.SIGINT, handled)


def _leave(*_: object) -> NoReturn:
    os._exit(INTERRUPTED)
