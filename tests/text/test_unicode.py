import unicodedata
from itertools import pairwise

import numpy as np
import pytest

from dedup.text.unicode import tables
from tools.unicode_tables import UNICODE_VERSION, fold, kind

NEWER = tuple(map(int, unicodedata.unidata_version.split("."))) > tuple(
    map(int, UNICODE_VERSION.split("."))
)
ASSIGNED = [code for code in range(0x110000) if unicodedata.category(chr(code)) != "Cn"]


@pytest.mark.skipif(
    NEWER, reason=f"this Python knows characters that Unicode {UNICODE_VERSION} lacks"
)
def test_the_shipped_tables_are_those_of_their_generator() -> None:
    codes = np.array(ASSIGNED, np.uint32)
    assert tables().kinds_of(codes).tolist() == [kind(code) for code in ASSIGNED]
    folded, source = tables().fold(codes)
    assert source.tolist() == sorted(source.tolist())
    starts = [*np.searchsorted(source, np.arange(len(codes))).tolist(), len(folded)]
    letters = "".join(map(chr, folded.tolist()))
    rows = [letters[start:stop] for start, stop in pairwise(starts)]
    assert rows == [fold(code) for code in ASSIGNED]
