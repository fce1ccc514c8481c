"""Texts in several scripts, and what they are sketched with."""

import re
from functools import cache
from itertools import accumulate

from benchmarks import corpora, generated_texts
from dedup.arrays.columns import read_column
from dedup.config import Config, Measure
from dedup.matching import deduplicate
from dedup.matching.keep_first import KEEP
from dedup.matching.rows import rows_of
from dedup.matching.shared_keys import Sketches

CORPORA = {
    "English": "allsides",
    "Chinese": "xwlb_zh",
    "Russian": "tgnews_sample",  # beside English, which its letters tell it from
    "Thai": "thaigov_th",
}
CYRILLIC = re.compile("[\u0430-\u044f]")


@cache
def texts_in(language: str, size: int) -> list[str]:
    """Return about so many bytes, or as much as there is; made-up words for want of real English.

    Raises
    ------
    FileNotFoundError
        When there is none.
    """
    try:
        found = corpora.articles(CORPORA[language])
    except FileNotFoundError:
        if language != "English":
            raise
        found = generated_texts.dump(size // 2000).texts
    if language == "Russian":
        found = [text for text in found if len(CYRILLIC.findall(text)) > len(text) / 3]
    sizes = accumulate(len(text.encode()) for text in found)
    return [text for text, upto in zip(found, sizes, strict=True) if upto <= size]


def sketch(texts: list[str], measure: Measure) -> Sketches:
    """Sketch texts, with one thread."""
    config = Config(measure=measure)
    return deduplicate.sketch(rows_of(read_column(texts), config), config, KEEP["longest"], 1)[1]
