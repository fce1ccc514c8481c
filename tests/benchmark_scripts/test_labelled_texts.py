"""The benchmark on labelled texts: labels read as they are meant, scores as they are defined."""

from collections.abc import Callable
from itertools import combinations
from math import comb, isnan
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
import zstandard
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import dedup
from benchmarks import quality
from benchmarks.corpora import folder
from benchmarks.labelled_texts import SOURCES, Judged, Labelled, Source, labelled_sets, read
from benchmarks.pair_scores import (
    Score,
    found_of_judged,
    removals,
    representatives,
    score,
    score_clusters,
    score_judged,
)
from benchmarks.peers import catalogue
from benchmarks.peers.launch import Cost, Run
from benchmarks.peers.protocol import Decision
from benchmarks.quality_newsgroups import Post, kind
from benchmarks.quality_thresholds import curve, score_pairs

Rows = list[dict[str, Any]]
ARTICLES: Rows = [
    {"id": name, "title": f"On {name}", "text": text, "part": part}
    for name, text, part in (
        ("a", "One ferry.", 1),
        ("b", "Two ferries.", 1),
        ("c", "Three.", 2),
        ("d", " \n", 1),
        ("e", None, 1),
        ("f", "Four.", 1),
    )
]
CHAIN: Rows = [
    {"a": "b", "b": "a", "dup": True},
    {"a": "f", "b": "b", "dup": True},
    {"a": "a", "b": "f", "dup": None},
    {"a": "a", "b": "d", "dup": True},
]


def pairs_of(*pairs: tuple[int, int]) -> dedup.Pairs:
    ends = np.array(pairs, np.int64).reshape(-1, 2)
    return dedup.Pairs(ends[:, 0], ends[:, 1], np.ones(len(pairs), np.float32))


def judged_of(*pairs: tuple[int, int, bool]) -> Judged:
    left, right, copy = zip(*pairs, strict=True)
    return Judged(np.array(left), np.array(right), np.array(copy))


def test_judged_pairs_without_the_doubtful_ones() -> None:
    (found,) = labelled_sets(Source("x", "judged", "news"), ARTICLES, CHAIN)
    assert found.texts == ["One ferry.", "Two ferries.", "Three.", "Four."]
    assert isinstance(found.labels, Judged)
    assert found.labels.left.tolist() == [1, 3]
    assert found.labels.right.tolist() == [0, 1]
    assert found.labels.copy.tolist() == [True, True]


def test_listed_pairs_make_clusters() -> None:
    (found,) = labelled_sets(Source("x", "pairs", "news"), ARTICLES, CHAIN)
    assert isinstance(found.labels, np.ndarray)
    assert found.labels.tolist() == [0, 0, 2, 0]


def test_clusters_collections_and_titles() -> None:
    labels = [{"id": name, "cluster": name in "ac"} for name in "abcdef"]
    source = Source("x", "clusters", "news", part="part", titled=True)
    first, second = labelled_sets(source, ARTICLES, labels)
    assert (first.name, second.name) == ("x 1", "x 2")
    assert first.texts[0] == "On a\nOne ferry."
    assert first.texts[2:] == ["On d\n \n", "On e\n", "On f\nFour."]  # a title is a text
    assert isinstance(first.labels, np.ndarray)
    assert first.labels.tolist() == [1, 0, 0, 0, 0]
    assert second.texts == ["On c\nThree."]


def test_a_pair_is_found_from_either_end() -> None:
    judged = judged_of((0, 1, True), (3, 2, False), (1, 2, True))
    assert found_of_judged(judged, pairs_of((1, 0), (2, 3))).tolist() == [True, True, False]
    assert found_of_judged(judged, pairs_of()).tolist() == [False] * 3
    assert found_of_judged(judged, np.array([5, 5, 2, 2])).tolist() == [True, True, False]
    assert score(judged, pairs_of((1, 0), (2, 3))) == Score(both=1, found=2, true=2, all=3)


def test_nothing_found() -> None:
    nothing = score_judged(judged_of((0, 1, True)), np.array([False]))
    assert isnan(nothing.precision)
    assert (nothing.recall, nothing.f1) == (0, 0)


LABELS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=30)


@given(LABELS)
def test_clusters_are_scored_as_their_pairs(labels: list[tuple[int, int]]) -> None:
    true, found = np.array(labels, np.int64).T
    listed = [(one[0] == two[0], one[1] == two[1]) for one, two in combinations(labels, 2)]
    counts = (
        sum(a and b for a, b in listed),
        sum(b for _, b in listed),
        sum(a for a, _ in listed),
        comb(len(labels), 2),
    )
    assert score_clusters(true, found) == Score(*counts)


@given(LABELS)
def test_the_rand_index_is_that_of_the_contingency_table(labels: list[tuple[int, int]]) -> None:
    true, found = np.array(labels, np.int64).T
    table = np.zeros((5, 5), int)
    np.add.at(table, (true, found), 1)
    index = sum(comb(int(cell), 2) for cell in table.flat)
    rows, columns = (sum(comb(int(size), 2) for size in table.sum(axis)) for axis in (1, 0))
    expected = rows * columns / max(comb(len(labels), 2), 1)
    most = (rows + columns) / 2
    wanted = 1.0 if most == expected else (index - expected) / (most - expected)
    assert score_clusters(true, found).ari == pytest.approx(wanted)


@pytest.mark.parametrize(
    ("true", "found", "ari"),
    [
        ([0, 0, 1, 1], [1, 1, 0, 0], 1.0),
        ([0, 0, 1, 2], [0, 0, 1, 1], 0.571429),  # scikit-learn's documentation
        ([0, 0, 1, 1], [0, 1, 0, 1], -0.5),
        ([0, 0, 0, 0], [0, 1, 2, 3], 0.0),
    ],
)
def test_known_rand_indices(true: list[int], found: list[int], ari: float) -> None:
    assert score_clusters(np.array(true), np.array(found)).ari == pytest.approx(ari, abs=1e-6)


def test_representatives_and_removals() -> None:
    found = representatives(pairs_of((3, 1), (1, 0)), 5)
    assert found.tolist() == [0, 0, 2, 0, 4]
    assert removals(np.array([7, 7, 8, 9, 9]), found) == (2, 1)
    assert representatives(found, 5) is found


def test_a_curve_judges_pairs_and_not_clusters() -> None:
    labels = np.array([0, 0, 0, 1])
    assert score_pairs(labels, pairs_of((1, 0), (0, 3))) == Score(both=1, found=2, true=3, all=6)
    count = 24
    some = [(row, row + 1) for row in range(count)]
    ends = np.array(some)
    similarity = np.linspace(0.5, 0.95, count).astype(np.float32)
    pairs = dedup.Pairs(ends[:, 0], ends[:, 1], similarity)
    judged = judged_of(*[(one, two, one > 1) for one, two in some])
    points = list(curve(Labelled("x", [], judged), pairs, 0.5))
    assert [point.threshold for point in points] == [0.5, 0.55]  # 24 pairs, 21, then under 20
    assert (points[0].precision, points[0].recall) == (22 / 24, 1)


@pytest.mark.parametrize(
    ("kept", "relation"),
    [
        (Post("", "<1@x>", "b@x", ""), "cross-post"),
        (Post("", "<2@x>", "b@x", "<1@x>"), "quoted in the kept reply"),
        (Post("", "<2@x>", "a@x", "<1@x>"), "sent again"),
        (Post("", "<5@x>", "b@x", ""), "reply"),
        (Post("", "<3@x>", "a@x", ""), "sent again"),
        (Post("", "<3@x>", "b@x", "<2@x>"), "other sender"),
    ],
)
def test_kinds_of_posts(kept: Post, relation: str) -> None:
    headers = "Path: here\nFrom: Ann <A@x>\nSubject: Sale\nReferences: <0@x>\n <5@x>\nLines: 3"
    post = Post.parse({"headers": headers, "text": "Sold."}, "<1@x>")
    assert (post.sender, post.references.split()) == ("a@x", ["<0@x>", "<5@x>"])
    assert kind(post, kept) == relation


Writer = Callable[[str, str, Rows], None]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Writer:
    monkeypatch.setenv("DEDUP_DATA", str(tmp_path))
    monkeypatch.setattr(catalogue, "HOME", tmp_path / "nowhere")

    def write(source: str, name: str, rows: Rows) -> None:
        place = tmp_path / "labelled" / source
        place.mkdir(parents=True, exist_ok=True)
        lines = b"\n".join(map(orjson.dumps, rows))
        (place / f"{name}.jsonl.zst").write_bytes(zstandard.compress(lines))

    return write


def test_the_tables(write: Writer, tmp_path: Path) -> None:
    stories = [" ".join(f"{letter}{number}" for number in range(50)) for letter in "xyz"]
    texts = dict(zip("abcd", [*stories, f"{stories[0]} more"], strict=True))
    write("ndd100", "articles", [{"id": name, "text": text} for name, text in texts.items()])
    write("ndd100", "pairs", [{"a": "a", "b": "d", "dup": True}])
    target = tmp_path / "table.md"
    numbers = tmp_path / "numbers.json"
    outcome = CliRunner().invoke(
        quality.main,
        ["--only", "ndd100", "--markdown", str(target), "--json", str(numbers)],
        catch_exceptions=False,
    )
    assert outcome.exit_code == 0
    lines = target.read_text(encoding="utf-8").splitlines()
    assert "| ndd100 | news* | 1.000 | 1.000 | 1.000 | 1.000 | 3 | 0.00% |" in lines
    assert any(line.startswith("| ndd100 | datasketch | no: not installed") for line in lines)
    assert "| ndd100 | F1 | news | 1.000 | none ran |  |  |" in lines
    written = orjson.loads(numbers.read_bytes())
    assert {"date", "commit", "machine"} <= written.keys()
    assert [(row["set"], row["dedup"]) for row in written["rows"]] == [("ndd100", 1.0)]


@pytest.mark.parametrize(
    ("decision", "rate", "verdict"),
    [
        ({"pairs": [[0, 3]]}, "1.000", "yes"),
        ({"keep": [0, 1, 2], "representative": [0, 1, 2, 0]}, "1.000", "yes"),
        ({"pairs": [[1, 0]]}, "0.000", "yes"),
    ],
)
def test_decisions_of_peers(
    monkeypatch: pytest.MonkeyPatch, decision: Decision, rate: str, verdict: str
) -> None:
    monkeypatch.setattr(quality, "launch", lambda *_: Run(decision, 0, 0, Cost(0, 0, 0, 0)))
    story = " ".join(f"word{number}" for number in range(60))
    texts = [story, "Another one.", "A third one.", story.upper()]
    labelled = Labelled("x", texts, np.array([0, 1, 2, 0]))
    peer, source = quality.PEERS[0], Source("x", "clusters", "news")
    verdicts = quality.verdicts_of(labelled, [peer])
    rows = list(quality.table_rows(source, labelled, verdicts))
    assert rows[0][:3] == ["x", "news*", "1.000"]
    assert rows[-1][1:3] == [peer.name, rate]
    best = quality.best_peer_row(source, labelled, verdicts)
    assert best == ["x", "F1", "news", "1.000", peer.name, rate, verdict]
    numbers = quality.result_row(source, labelled, verdicts)
    assert (numbers["set"], numbers["preset"]) == ("x", "news")
    assert (numbers["dedup"], numbers["datasketch"]) == (1.0, float(rate))
    assert numbers["text_dedup"] is None  # it did not run


def test_a_peer_that_is_better_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    decision: Decision = {"keep": [0], "representative": [0, 0]}
    monkeypatch.setattr(quality, "launch", lambda *_: Run(decision, 0, 0, Cost(0, 0, 0, 0)))
    labelled = Labelled("x", ["One thing.", "In other words."], np.array([0, 0]))
    verdicts = quality.verdicts_of(labelled, quality.PEERS[:1])
    best = quality.best_peer_row(Source("x", "clusters", "news"), labelled, verdicts)
    assert best[3:] == ["0.000", "datasketch", "1.000", "NO"]


def test_no_labelled_texts(write: Writer) -> None:
    del write
    outcome = CliRunner().invoke(quality.main, ["--only", "ndd100"])
    assert outcome.exit_code == 1
    assert "set DEDUP_DATA" in outcome.output


HELD = {"reuters_judged": 0.96, "trove_judged": 1.0, "mccormick": 1.0, "ndd100": 1.0}


@pytest.mark.no_cover
@pytest.mark.skipif(
    not (folder() / "labelled").is_dir(), reason="the labelled texts are not here: DEDUP_DATA"
)
@pytest.mark.parametrize("name", HELD)
def test_the_presets_hold_what_was_measured(name: str) -> None:
    (source,) = (source for source in SOURCES if source.name == name)
    for labelled in read(source):
        config = dedup.Config.preset(source.preset)
        verdict = quality.verdict_on_dedup(source.preset, config, labelled)
        assert verdict.score.f1 >= HELD[name], labelled.name
