"""Python's strings as packed UTF-8, by the compiled core: what ``text.packed.pack`` gives."""

import numpy as np

from dedup.kernels.chunks import in_chunks, in_parallel, offsets_of
from dedup.native import core
from dedup.text.packed import Packed, check_missing

ROWS = 1 << 13  # measured at a time


def pack_strings(texts: list[str | None] | tuple[str | None, ...], threads: int | None) -> Packed:
    """Lay texts end to end in one buffer.

    Raises
    ------
    TextTypeError
        When a text is neither ``str`` nor missing.
    """
    texts = tuple(texts)  # which nobody changes
    strings, count = core.Strings(texts), len(texts)
    missing, sizes = np.zeros(count, np.bool_), np.zeros(count, np.int64)
    for row in strings.others().tolist():
        check_missing(texts[row], row)
        missing[row] = True

    def measure(number: int) -> None:
        strings.measure(number * ROWS, min(number * ROWS + ROWS, count), sizes)

    in_parallel(measure, -(-count // ROWS), threads)
    offsets = offsets_of(sizes)
    # numpy asks for pages of 2 MB. A virtual machine may take 10 ms to get one from its host.
    utf8 = core.empty_bytes(int(offsets[-1]))
    in_chunks(lambda first, last: strings.encode(first, last, offsets, utf8), offsets, threads)
    utf8.flags.writeable = False
    return Packed(utf8, offsets, missing)
