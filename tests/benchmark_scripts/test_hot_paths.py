"""The benchmark of hot paths: it fails if and only if a path lost, and times no wrong result."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from benchmarks import generated_texts, hot_paths
from benchmarks.check_output import WrongResultError
from benchmarks.hot_paths import HotPath
from dedup import Pairs
from tests.without_core import needs_core

WORK = 0.002  # seconds of the floor


def work(seconds: float) -> None:
    end = process_time() + seconds
    while process_time() < end:
        pass


@pytest.fixture
def paths(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[HotPath]:
    """Two paths that take as long as the floor, with ratios of one level."""
    found = [HotPath(name, lambda: work(WORK), lambda _: True) for name in ("first", "second")]
    monkeypatch.setattr(hot_paths, "PATHS", found)
    monkeypatch.setattr(hot_paths, "NAMES", [path.name for path in found])
    monkeypatch.setattr(hot_paths, "floor", lambda: work(WORK))
    monkeypatch.setattr(hot_paths, "ROUNDS", 3)
    monkeypatch.setattr(hot_paths, "RESULTS", tmp_path / "hot-paths.json")
    commit_ratios(hot_paths.processor_level(), first=1.0, second=1.0)
    return found


def commit_ratios(level: str, **ratios: float) -> None:
    hot_paths.RESULTS.write_text(json.dumps({level: {"ratios": ratios}}), "utf-8")


def run(*options: str) -> Result:
    return CliRunner().invoke(hot_paths.main, options)


def test_paths_with_the_committed_ratios_pass(paths: list[HotPath]) -> None:
    assert run().exit_code == 0
    assert [path.name in run().output for path in paths] == [True, True]


def test_a_path_that_lost_more_than_the_limit_is_named(paths: list[HotPath]) -> None:
    paths[1] = HotPath("second", lambda: work(2 * WORK), lambda _: True)
    done = run()
    assert done.exit_code == 1
    line, remedy = done.output.splitlines()[-2:]
    assert line.startswith("second takes ") and "1.30" in line
    assert "--write" in remedy


def test_a_path_that_is_slow_only_at_first_passes(paths: list[HotPath]) -> None:
    calls = iter(range(1000))
    paths[0] = HotPath("first", lambda: work(WORK * (3 if next(calls) < 5 else 1)), lambda _: True)
    assert run().exit_code == 0


def test_every_path_passes_at_a_level_without_ratios(paths: list[HotPath]) -> None:
    paths[0] = HotPath("first", lambda: work(3 * WORK), lambda _: True)
    commit_ratios("another level", first=1.0, second=1.0)
    done = run()
    assert done.exit_code == 0
    assert "no ratio at this level, so any time passes: ['first', 'second']" in done.output


def test_a_new_path_passes_until_it_has_a_ratio(paths: list[HotPath]) -> None:
    paths[1] = HotPath("second", lambda: work(3 * WORK), lambda _: True)
    commit_ratios(hot_paths.processor_level(), first=1.0)
    done = run()
    assert done.exit_code == 0 and "so any time passes: ['second']" in done.output


def test_a_wrong_result_is_not_timed(paths: list[HotPath]) -> None:
    calls: list[int] = []
    paths[0] = HotPath("first", lambda: calls.append(1), lambda _: False)
    assert isinstance(run().exception, WrongResultError)
    assert len(calls) == 1


@needs_core
def test_written_ratios_are_those_of_each_level(paths: list[HotPath]) -> None:
    paths[0] = HotPath("first", lambda: work(2 * WORK), lambda _: True)
    commit_ratios("another level", first=7.0, second=8.0)
    assert run("--write").exit_code == 0
    written = json.loads(hot_paths.RESULTS.read_text("utf-8"))
    assert {"portable", "another level"} <= written.keys()
    assert written["another level"]["ratios"] == {"first": 7.0, "second": 8.0}
    ratios = written["portable"]["ratios"]
    assert 1.7 < ratios["first"] < 2.3 and 0.8 < ratios["second"] < 1.2


def test_the_committed_ratios_are_of_these_paths() -> None:
    for facts in json.loads(hot_paths.RESULTS.read_text("utf-8")).values():
        assert [*facts["ratios"]] == hot_paths.NAMES


def no_pairs(found: Pairs) -> Pairs:
    columns = ("left", "right", "similarity", "numeric_variant")
    return replace(found, **{name: getattr(found, name)[:0] for name in columns})


SPOILT: dict[str, Callable[[Any], Any]] = {
    "minhash": lambda found: found[::-1],
    "deduplicate, containment": lambda found: replace(found, keep=np.ones_like(found.keep)),
    "deduplicate, jaccard": lambda found: replace(found, keep=np.ones_like(found.keep)),
    "clean": lambda found: found[1:],
    "near_duplicates": no_pairs,
}


@pytest.mark.parametrize("path", hot_paths.PATHS, ids=lambda path: path.name)
def test_right_results_are_accepted_and_wrong_ones_are_not(
    path: HotPath, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = generated_texts.dump(300)
    monkeypatch.setattr(hot_paths, "news", lambda: texts)
    found = path.run()
    assert path.is_right(found)
    assert not path.is_right(SPOILT[path.name](found))
