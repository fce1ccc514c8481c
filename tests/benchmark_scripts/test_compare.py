"""The comparison with peers: its numbers as JSON, and the machine that they come from."""

import json
from pathlib import Path

from benchmarks.compare import result_rows, truths_of
from benchmarks.peers.catalogue import PEERS
from benchmarks.peers.launch import Cost, Run
from benchmarks.result_files import machine, write_results

STORY = " ".join(f"word{number}" for number in range(120))
TEXTS = [STORY, "The ferry to the island sails at noon.", f"{STORY} again"]


def test_numbers_of_peers_that_ran() -> None:
    ours, failed = PEERS[0], PEERS[-1]
    run = Run({"keep": [1, 2]}, cpu=0.5, wall=0.6, process=Cost(0.9, 0.1, 0.7, 40.0))
    best: dict[str, Run | str] = {ours.name: run, failed.name: "not installed"}
    rows = result_rows([ours, failed], best, truths_of(TEXTS))
    assert [(row["name"], row["seconds"], row["found"]) for row in rows] == [(ours.name, 0.5, 1.0)]


def test_results_name_date_commit_and_machine(tmp_path: Path) -> None:
    path = tmp_path / "results" / "numbers.json"
    write_results(path, [{"name": "dedup"}], corpus="made up")
    result = json.loads(path.read_text(encoding="utf-8"))
    assert result["rows"] == [{"name": "dedup"}]
    assert result["corpus"] == "made up"
    assert result["machine"] == machine()
    assert " cores, " in machine()
    assert result["date"].count("-") == 2
    assert result["commit"]
