"""Hypothesis strategies: streams of texts that repeat each other, and operations of an index."""

from dataclasses import dataclass

from hypothesis import strategies as st

from tests.generated_texts import site_pages

WORDS = [f"w{number}" for number in range(40)] + ["1", "2", "30", "the", "a"]


@st.composite
def streams(draw: st.DrawFn, most: int = 24) -> list[str | None]:
    """Return texts: new ones, and edited, cut and lengthened copies of those before."""
    texts: list[str | None] = []
    for _ in range(draw(st.integers(0, most))):
        earlier: list[list[str]] = [text.split() for text in texts if text]
        words = draw(st.lists(st.sampled_from(WORDS), max_size=45))
        if earlier and draw(st.sampled_from([True, True, True, False])):
            words = [*draw(st.sampled_from(earlier))]
            kind = draw(st.sampled_from(["same", "edited", "cut", "longer", "joined"]))
            if kind == "edited" and words:
                words[draw(st.integers(0, len(words) - 1))] = draw(st.sampled_from(WORDS))
            elif kind == "cut":
                words = words[draw(st.integers(0, 5)) : len(words) - draw(st.integers(0, 5))]
            elif kind == "longer":
                words += draw(st.lists(st.sampled_from(WORDS), max_size=40))
            elif kind == "joined":
                words += draw(st.sampled_from(earlier))
        text = " ".join(words)
        variant = draw(st.sampled_from([text, text.upper(), text + "."]))
        texts.append(variant if text else draw(st.sampled_from(["", None, "?!"])))
    return texts


page_streams: st.SearchStrategy[list[str | None]] = st.lists(
    st.sampled_from(site_pages(40, 9)), max_size=24
)


@dataclass(frozen=True)
class Step:
    """An operation of an index."""

    name: str  # "add", "remove", "reopen", "query"
    count: int = 0  # of texts to add
    chosen: tuple[int, ...] = ()  # places of kept texts to remove


steps = st.lists(
    st.one_of(
        st.builds(Step, st.just("add"), st.integers(1, 9)),
        st.builds(Step, st.just("query"), st.integers(1, 5)),
        st.builds(Step, st.just("remove"), st.just(0), st.tuples(st.integers(0, 9))),
        st.builds(Step, st.just("reopen")),
    ),
    max_size=12,
)
