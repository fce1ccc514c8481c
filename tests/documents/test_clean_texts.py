"""Many texts are cleaned as ``clean`` cleans each."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dedup
from dedup import Config
from dedup.arrays.native import has_core
from dedup.arrays.packed import encode, pack, to_utf8
from dedup.documents.clean_texts import (
    CleanText,
    clean_documents,
    clean_texts,
    repeating_texts,
)
from dedup.text.block_table import choose_cut
from tests.generated_texts import NOTICES, REPETITIVE
from tests.natural import natural_texts
from tests.planting.articles import data_folder, generated_articles, real_articles
from tests.planting.plant import KINDS, plant

WORDS = ["a", "b", "cd", "efg", "***"]
BREAKS = st.sampled_from(["\n", "\n\n", "\r\n", "\r", "\n \n", "\n\u00a0\n", "\n\ufeff\n"])
LINES = st.lists(
    st.tuples(
        st.sampled_from([f"{word} " * (3 + 2 * len(word)) for word in WORDS]),
        BREAKS,
    ),
    max_size=14,
).map(lambda lines: "".join(line + end for line, end in lines))


def check(texts: list[str], config: Config) -> int:
    cleaned = dict(clean_documents(pack(texts), config))
    clean_only = dict(clean_texts(pack(texts), config))
    assert cleaned.keys() == clean_only.keys()
    for row, text in enumerate(texts):
        expected = dedup.clean(text, config)
        assert (row in cleaned) == (not expected.kept.all())
        if row in cleaned:
            assert cleaned[row].text == expected.text
            assert cleaned[row].kept.tolist() == expected.kept.tolist()
            assert cleaned[row].repeats == expected.repeats
            assert cleaned[row].runs == expected.runs
            removed_blocks = int((~expected.kept).sum())
            assert clean_only[row] == CleanText(to_utf8(expected.text), removed_blocks)
    return len(cleaned)


@given(
    st.lists(st.one_of(REPETITIVE, LINES, NOTICES), max_size=4),
    st.builds(
        Config,
        measure=st.sampled_from(["containment", "jaccard"]),
        threshold=st.sampled_from([0.3, 0.8, 1.0]),
        unit=st.sampled_from(["word", "char"]),
        ngram_size=st.sampled_from([1, 2, 5]),
        split_by=st.sampled_from(["auto", "line", "sentence"]),
        keep=st.sampled_from(["auto", "first"]),
        min_tokens=st.integers(1, 9),
        block_threshold=st.just(0.0),
        numeric_variants=st.sampled_from(["keep", "remove"]),
    ),
)
def test_many_texts_are_cleaned_like_each_alone(texts: list[str], config: Config) -> None:
    check(texts, config)


def test_planted_and_natural_repeats() -> None:
    rng = random.Random(5)
    made = generated_articles(6, seed=5)
    planted = [plant(article, kind, rng).text for kind in KINDS for article in made]
    assert check([*planted, *(natural.text for natural in natural_texts()[::7])], Config()) > 20


@pytest.mark.skipif(not data_folder().is_dir(), reason="the real articles are not here: DEDUP_DATA")
def test_real_articles_with_copies() -> None:
    rng = random.Random(6)
    texts = []
    for article in real_articles(60, seed=6):
        start, place = (rng.randrange(len(article)) for _ in range(2))
        copied = article[start : start + rng.randint(1, 9)]
        texts.append("\n".join([*article[:place], *copied, *article[place:], *copied]))
    assert check(texts, Config()) > 20


def test_a_text_of_many_lines() -> None:
    unlike = [" ".join(f"w{line}x{word}" for word in range(25)) for line in range(400)]
    alike = [f"{line % 7} {' '.join(unlike[0].split()[:12])} {line}" for line in range(3000)]
    assert check(["\n".join(unlike + unlike), "\n".join(alike)], Config()) == 1


def test_slices_of_packed_texts_and_fixed_rows() -> None:
    story = " ".join(f"word{number}" for number in range(30))
    text = f"{story}\nand\n\n{story} \nand\n\nmore\n"
    packed = pack(["before", text, None, text]).slice_rows(1, 4)
    expected = f"{story}\nand\n\nmore\n"
    documents = dict(clean_documents(packed, Config(), fixed=[2]))
    assert {row: document.text for row, document in documents.items()} == {0: expected}
    assert [*clean_texts(packed, Config(), fixed=[2])] == [(0, CleanText(expected.encode(), 2))]


def test_a_text_whose_clean_text_is_cut_in_another_way() -> None:
    ferry = "The ferry to Vey was late again and again"
    pier = "Nobody on the pier at Vey could say why it was so late"
    text = f"{ferry}\n{ferry}\n\n{pier}\n{pier}\n\n{pier}\n\n{pier}\n{pier}\nx\n\n{pier}\n"
    config = Config(min_tokens=3)
    first_cut = choose_cut(text, encode(text), config.split_by)
    cleaned = dedup.clean(text, config)
    assert cleaned.cut != first_cut
    assert check([text], config) == 1


@pytest.mark.skipif(not has_core(), reason="needs the compiled core")
def test_the_core_cleans_texts_that_keep_their_first_copies() -> None:
    paragraphs = [" ".join(f"w{row}x{word}" for word in range(30)) + "." for row in range(14)]
    first_stays = "\n".join([*paragraphs, paragraphs[-1]])
    pull_quote = paragraphs[9].rstrip(".")
    second_stays = "\n".join([*paragraphs[:2], pull_quote, *paragraphs[2:]])
    found = dict(repeating_texts(pack([first_stays, second_stays]), Config(), cleans=True))
    assert found[0] == CleanText("\n".join([*paragraphs, ""]).encode(), 1)
    assert not isinstance(found[1], CleanText)
    assert check([first_stays, second_stays], Config()) == 2
