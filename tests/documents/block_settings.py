"""Settings that change which blocks of a document match."""

from typing import Any

from hypothesis import strategies as st

BLOCK_SETTINGS: dict[str, st.SearchStrategy[Any]] = {
    "measure": st.sampled_from(["containment", "jaccard"]),
    "threshold": st.sampled_from([0.3, 0.8, 1.0]),
    "unit": st.sampled_from(["word", "char"]),
    "ngram_size": st.sampled_from([1, 2, 5]),
    "keep": st.sampled_from(["auto", "first", "last", "longest"]),
    "numeric_variants": st.sampled_from(["keep", "remove"]),
}
