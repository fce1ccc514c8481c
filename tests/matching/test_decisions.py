"""Decisions files: what is read, what is refused, and what a killed writer leaves."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.errors import ConfigError, InputError, OutputError
from dedup.matching.decisions import (
    DECISIONS_HEAD,
    Judgement,
    PairDecisions,
    append_judgement,
    read_decisions,
    take_back_judgement,
    text_digest,
)

HEAD = json.dumps(DECISIONS_HEAD)
KEPT = Judgement.of_texts("One.", "Two.", "keep")
REMOVED = Judgement.of_texts("Two.", "One.", "remove")
TAKEN_BACK = Judgement.of_texts("One.", "Two.", None)
FULL = Judgement(
    text=text_digest(b"Three."),
    witness=text_digest(b"Four."),
    decision="remove",
    similarity=0.8312,
    kind="near",
    source="uncertain",
    id="\udc80 https://example.com/é",
    witness_id=2**70,
    measure="containment",
    unit="word",
    ngram_size=5,
    near_copies=7,
    date="2026-11-29T20:15:00Z",
)


def test_the_format(tmp_path: Path) -> None:
    file = tmp_path / "decisions.jsonl"
    append_judgement(file, KEPT)
    head, line = map(json.loads, file.read_text("utf-8").splitlines())
    assert head == {"format": "dedup decisions", "version": 1}
    assert line == {
        "text": "0516babf23b5bfe83feaa396b33c6251",
        "witness": KEPT.witness,
        "decision": "keep",
        **dict.fromkeys(("similarity", "kind", "source", "id", "witness_id")),
        **dict.fromkeys(("measure", "unit", "ngram_size", "near_copies", "date")),
    }


def test_judgements_are_read_in_order(tmp_path: Path) -> None:
    file = tmp_path / "decisions.jsonl"
    for judgement in (KEPT, FULL, REMOVED):
        append_judgement(file, judgement)
    assert read_decisions(str(file)) == PairDecisions((KEPT, FULL, REMOVED))


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc"), st.integers(0, 2))))
def test_the_last_judgement_of_a_pair_counts(made: list[tuple[str, str, int]]) -> None:
    choices = ("keep", "remove", None)
    judgements = [Judgement.of_texts(one, other, choices[at]) for one, other, at in made]  # type: ignore[arg-type]
    last = {frozenset((one.text, one.witness)): one.decision for one in judgements}
    expected = {pair: decision for pair, decision in last.items() if decision}
    found = PairDecisions(tuple(judgements)).by_pair
    assert {frozenset(pair): decision for pair, decision in found.items()} == expected


def test_unknown_keys_and_blank_lines_are_ignored(tmp_path: Path) -> None:
    file = tmp_path / "decisions.jsonl"
    line = json.dumps({**json.loads(KEPT.to_json()), "note": "a typing error"})
    file.write_bytes(f'{{"tool": "x", {HEAD[1:]}\r\n\n{line}\r\n'.encode())
    assert read_decisions(file).judgements == (KEPT,)


@pytest.mark.parametrize("before", [(), (KEPT,), (KEPT, FULL)])
def test_a_killed_writer_loses_only_its_line(before: tuple[Judgement, ...], tmp_path: Path) -> None:
    file = tmp_path / "decisions.jsonl"
    complete = "".join(line + "\n" for line in (HEAD, *(one.to_json() for one in before)))
    content = f"{complete}{REMOVED.to_json()}\n".encode()
    for size in range(len(complete), len(content) + 1) if before else range(len(content) + 1):
        file.write_bytes(content[:size])
        was_written = size >= len(content) - 1  # all but the line break
        found = (*before, REMOVED) if was_written else before
        assert read_decisions(file, allow_incomplete=True).judgements == found
        if size < len(HEAD):
            with pytest.raises(InputError, match="has no decisions; name the file"):
                read_decisions(file)
        append_judgement(file, TAKEN_BACK)
        assert read_decisions(file).judgements == (*found, TAKEN_BACK)
        assert b"\n\n" not in file.read_bytes()


@pytest.mark.parametrize(
    ("content", "facts"),
    [
        (f"{HEAD}\n{KEPT.to_json()}\n{{\n{KEPT.to_json()}\n", ["line 3", "JSON", "delete"]),
        (f"{HEAD}\n[]\n", ["line 2", "object"]),
        (f'{HEAD}\n{{"text": "{KEPT.text}"}}\n', ["line 2", "no witness"]),
        (f"{HEAD}\n{KEPT.to_json().replace('keep', 'maybe')}\n", ["line 2", "maybe", "remove"]),
        (f"{HEAD}\n{KEPT.to_json().replace(KEPT.text, 'One.')}\n", ["line 2", "text", "'One.'"]),
        *[
            (f"{HEAD}\n{FULL.to_json().replace(old, new)}\n", ["line 2", *facts])
            for old, new, facts in (
                ('"similarity": 0.', '"similarity": 7.', ["similarity", "[0, 1]"]),
                ('"similarity": 0.', '"similarity": "x", "old": 0.', ["similarity", "'x'"]),
                ('"source": ', '"source": 3, "old": ', ["source", "strings"]),
                ('"near_copies": ', '"near_copies": "22", "old": ', ["near_copies", "'22'"]),
            )
        ],
        ('{"text": "One."}\n', ["line 1", "review"]),
        ("my notes", ["line 1", "review"]),
        ('{"format": "dedup decisions", "version": 2}\n', ["line 1", "version 2", "update"]),
    ],
)
def test_a_bad_line_is_an_error(content: str, facts: list[str], tmp_path: Path) -> None:
    file = tmp_path / "decisions.jsonl"
    file.write_text(content)
    with pytest.raises(InputError) as caught:
        read_decisions(file)
    assert all(fact in str(caught.value) for fact in [str(file), *facts])


def test_a_file_of_another_kind_is_not_changed(tmp_path: Path) -> None:
    for content in ('{"text": "One."}\n', "my notes", "\0"):
        file = tmp_path / "notes"
        file.write_text(content)
        with pytest.raises(InputError, match="decisions file"):
            append_judgement(file, KEPT)
        assert file.read_text() == content


def test_two_files_one_after_the_other_are_one(tmp_path: Path) -> None:
    file = tmp_path / "both.jsonl"
    file.write_text(f"{HEAD}\n{KEPT.to_json()}\n{HEAD}\n{FULL.to_json()}\n")
    assert read_decisions(file).judgements == (KEPT, FULL)


@pytest.mark.skipif(sys.platform == "win32", reason="there a file is not locked")
def test_several_programs_append_to_one_file(tmp_path: Path) -> None:
    file = tmp_path / "decisions.jsonl"
    work = (
        "import sys; from dedup.matching.decisions import *\n"
        "for number in range(40):\n"
        "    append_judgement(sys.argv[1], Judgement.of_texts(sys.argv[2], str(number), 'keep'))\n"
    )
    processes = [
        subprocess.Popen([sys.executable, "-c", work, str(file), name]) for name in ("a", "b", "c")
    ]
    assert [process.wait(timeout=60) for process in processes] == [0, 0, 0]
    assert len(read_decisions(file).by_pair) == 120
    assert file.read_text().count("dedup decisions") == 1


def test_a_judgement_that_is_taken_back_restores_the_one_before(tmp_path: Path) -> None:
    file = tmp_path / "decisions.jsonl"
    mine = Judgement.of_texts("One.", "Two.", "remove")
    append_judgement(file, mine)
    take_back_judgement(file, mine, "2026-11-29T20:15:00Z")
    assert read_decisions(file).by_pair == {}
    append_judgement(file, mine)
    later = Judgement.of_texts("Two.", "One.", "keep")  # of another person
    append_judgement(file, later)
    take_back_judgement(file, mine, "2026-11-29T20:15:00Z")
    assert read_decisions(file).judgements[-1] == later
    append_judgement(file, mine)
    take_back_judgement(file, mine, "2026-11-29T20:15:00Z")
    assert read_decisions(file).by_pair == {mine.pair: "keep"}


def test_unreadable_and_unwritable_files(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_decisions(tmp_path / "missing")
    with pytest.raises(OutputError, match="missing"):
        append_judgement(tmp_path / "missing" / "decisions.jsonl", KEPT)


def test_a_malformed_judgement_is_refused() -> None:
    with pytest.raises(ConfigError, match="text must be"):
        Judgement(text="One.", witness=KEPT.witness, decision="keep")
    with pytest.raises(ConfigError, match="decision must be"):
        Judgement(text=KEPT.text, witness=KEPT.witness, decision="maybe")  # type: ignore[arg-type]
