"""Shards: those of an earlier run are replaced as a whole, and none replaces an input."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from dedup import OutputError, clean_dataset
from dedup.files.staged_output import StagedOutput

LINES = [json.dumps({"text": f"Report {n} about {n * 7} and {n * 13} more."}) for n in range(8)]


@pytest.fixture
def news(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = Path("news.jsonl")
    path.write_text("".join(f"{line}\n" for line in LINES))
    return path


def names(folder: str = ".") -> list[str]:
    return sorted(path.name for path in Path(folder).iterdir() if path.name != "news.jsonl")


@pytest.mark.parametrize("target", ["out.jsonl", "out/", "out.jsonl.gz"])
def test_the_shards_of_an_earlier_run_are_replaced_as_a_whole(news: Path, target: str) -> None:
    folder = target if target.endswith("/") else "."
    clean_dataset(news, target, shard_size=1)
    earlier = names(folder)
    assert len(earlier) == len(LINES)
    similar = ["out-.jsonl", "out-1.jsonl", "out-00009.jsonl", "part-00009.jsonl"]
    for name in similar:  # the last ones do not follow the shards, so another program wrote them
        Path(folder, name).touch()
    clean_dataset(news, target, shard_size=200)
    assert names(folder) == sorted([*earlier[:2], *similar])
    for name in names(folder):
        Path(folder, name).unlink()
    clean_dataset(news, target, shard_size=200)
    assert names(folder) == earlier[:2]


def test_after_an_error_all_old_shards_are_there(
    news: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clean_dataset(news, "out.jsonl", shard_size=1)
    before = {name: Path(name).read_bytes() for name in names()}
    moves = []

    def fail_late(output: StagedOutput) -> None:
        moves.append(output)
        if len(moves) == 5:
            raise OutputError("no more")
        move(output)

    move = StagedOutput.move
    monkeypatch.setattr(StagedOutput, "move", fail_late)
    with pytest.raises(OutputError, match="no more"):
        clean_dataset(news, "out.jsonl", shard_size=200)
    assert moves[-2].is_removal
    assert {name: Path(name).read_bytes() for name in names()} == before


def test_a_link_in_the_place_of_an_old_shard_is_removed_alone(news: Path) -> None:
    shutil.copy(news, "elsewhere")
    Path("out-00001.jsonl").symlink_to("elsewhere")
    clean_dataset(news, "out.jsonl", shard_size=10_000)
    assert names() == ["elsewhere", "out-00000.jsonl"]
    assert Path("elsewhere").read_bytes() == news.read_bytes()


@pytest.mark.parametrize("option", ["source", "against"])
@pytest.mark.parametrize("is_link", [True, False])
def test_an_input_is_not_replaced_by_a_shard(news: Path, option: str, *, is_link: bool) -> None:
    news.rename("out-00003.jsonl")
    source = Path("out-00003.jsonl")
    if is_link:
        source = Path("link.jsonl")
        source.symlink_to("out-00003.jsonl")
    options: dict[str, Any] = {"against": source} if option == "against" else {}
    if option == "against":
        shutil.copy(source, "news.jsonl")
    before = names()
    with pytest.raises(OutputError, match=f"{source} is an input, and may be a shard"):
        clean_dataset(source if option == "source" else news, "out.jsonl", shard_size=1, **options)
    assert names() == before
