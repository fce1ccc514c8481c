"""``dedup-clean review``: keys from a pipe and from a terminal, and what is stored when."""

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from dedup.matching.decisions import read_decisions, text_digest
from tests.command_runner import Run, listing

LIMIT = 60  # seconds after which a test has hung
REVIEW = ("review", "news.jsonl", "--id-key", "id", "--decisions", "judged.jsonl")
END = re.compile(r"judged \d|all \d+ pairs are judged|the only pair is judged")
NOTICE = (
    "The board of Vey Shipping declared a quarterly dividend of {} cents a share to those who hold "
    "one at the close of business, and said that it expects to keep to this policy as long as "
    "trade at the port goes on as it did in the last two years."
)


def story(number: int, changed: int = 0) -> str:
    """Return 80 words, of which some are other ones than those of the same story unchanged."""
    words = [f"w{number}x{place}" for place in range(80)]
    for place in range(changed):
        words[(7 + 19 * place) % 80] = f"changed{place}"
    return " ".join(words)


# Copies of ten stories have 1, 2 and 3 changed words, so that the similarity is .934, .868, .803.
CHANGED = [1, 1, 1, 1, 2, 2, 2, 3, 3, 3]
TEXTS = {
    **{f"a{number}": story(number) for number in range(14)},
    **{f"b{number}": story(number, changed) for number, changed in enumerate(CHANGED)},
    "below": story(10, 4),
    "exact": story(11).upper(),
    "vey12": NOTICE.format(12),
    "vey15": NOTICE.format(15),
}


@pytest.fixture(autouse=True)
def news(folder: Path) -> Path:
    write_news(folder, TEXTS)
    return folder


def write_news(folder: Path, texts: dict[str, str]) -> None:
    lines = [json.dumps({"id": name, "text": text}) for name, text in texts.items()]
    (folder / "news.jsonl").write_text("\n".join(lines) + "\n")


def judge(run: Run, keys: str, *flags: str) -> tuple[list[str], list[str]]:
    """Return the names of the shown pairs, and the lines at the end."""
    outcome = run(*REVIEW, *flags, stdin="\n".join(keys).encode())
    assert (outcome.code, outcome.err) == (0, "")
    lines = outcome.out.decode().splitlines()
    ends = [place for place, line in enumerate(lines) if END.match(line)]
    return shown_pairs(outcome.out.decode()), lines[ends[-1] :]


def shown_pairs(out: str) -> list[str]:
    return re.findall(r"^--- (\S+)", out, re.MULTILINE)


def stored(folder: Path) -> list[dict[str, Any]]:
    head, *lines = map(json.loads, (folder / "judged.jsonl").read_text().splitlines())
    assert head == {"format": "dedup decisions", "version": 1}
    return lines


def test_the_order_of_the_pairs(run: Run, folder: Path) -> None:
    before = listing(folder)
    pairs, end = judge(run, "y" * 50)
    assert end[0] == "all 12 pairs are judged in judged.jsonl (12 copies, 0 not)"
    made = stored(folder)
    assert [line["id"] for line in made] == pairs
    cycle = ["uncertain", "uncertain", "random", "kept"]
    assert [line["source"] for line in made[:8]] == cycle * 2
    assert "kept" not in [line["source"] for line in made[8:]]
    walked = [line["similarity"] for line in made if line["source"] == "uncertain"]
    assert walked == sorted(walked) and walked[0] == pytest.approx(61 / 76)
    kept = [(line["id"], line["kind"]) for line in made if line["source"] == "kept"]
    assert kept == [("below", "near"), ("vey15", "numeric variant")]
    assert {line["id"][1:] for line in made if line["source"] != "kept"} == {*map(str, range(10))}
    assert {name: data for name, data in listing(folder).items() if name in before} == before


def test_a_judgement_has_what_is_needed_later(run: Run, folder: Path) -> None:
    judge(run, "n")
    (line,) = stored(folder)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", line.pop("date"))
    first, second = line["id"], line["witness_id"]
    assert line == {
        "text": text_digest(TEXTS[first].encode()),
        "witness": text_digest(TEXTS[second].encode()),
        "decision": "keep",
        "similarity": 0.802632,
        "kind": "near",
        "source": "uncertain",
        "id": first,
        "witness_id": second,
        "measure": "containment",
        "unit": "word",
        "ngram_size": 5,
        "near_copies": 10,
    }


def test_what_is_shown_of_a_pair(run: Run) -> None:
    out = run(*REVIEW, stdin=b"y\n").out.decode()
    lines = out.splitlines()
    name = lines[2].split()[1]
    assert lines[0] == "=== 1: least similar removal; 12 left"
    assert re.fullmatch(r"    similarity 0.803; removing it loses \d+ of \d+ characters", lines[1])
    assert re.fullmatch(rf"--- {name}  removed: near copy of \S+", lines[2])
    assert "stays; what differs: " in lines[3]
    assert "@@ -1 +1 @@" in lines and "[-" in out and "\x1b" not in out
    below = r"similarity 0.737; removing it would lose \d+ .*\n--- below  kept: similar to a10"
    assert re.search(below, run(*REVIEW, stdin=b"y\n" * 50).out.decode())


def test_letters_of_a_pipe(run: Run, folder: Path) -> None:
    outcome = run(*REVIEW, stdin=b"yes\nR\nno\nk\n\nx\n?\ns\n")
    assert [line["decision"] for line in stored(folder)] == ["remove", "remove", "keep", "keep"]
    assert outcome.out.count(b"go back one pair") == 3  # for the empty line, x and ?
    assert b"judged 4 pairs: 2 copies, 2 not; 8 left" in outcome.out


def test_quitting_and_going_on(run: Run, folder: Path) -> None:
    whole, _ = judge(run, "y" * 50)
    (folder / "judged.jsonl").unlink()
    parts: list[str] = []
    for keys in ("yynq", "n", "ynyq", "y" * 50):
        pairs, _ = judge(run, keys)
        parts += pairs[: len(stored(folder)) - len(parts)]
    assert len({*parts}) == len(parts) == 12
    assert {*parts} == {*whole}
    outcome = run(*REVIEW, stdin=b"y\n")
    assert outcome.out.startswith(b"all 12 pairs are judged in judged.jsonl (")


def test_undo(run: Run, folder: Path) -> None:
    pairs, end = judge(run, "uynsuuuyq")
    # Nothing to undo; y, n, skip; back to the skipped pair, to the second one, to the first one.
    assert pairs == [*pairs[:1], *pairs[:1], *pairs[2:5], *pairs[2:4][::-1], pairs[0], pairs[2]]
    assert [line["decision"] for line in stored(folder)] == ["remove", "keep", None, None, "remove"]
    assert len(read_decisions(folder / "judged.jsonl").by_pair) == 1
    assert end[0] == "judged 1 pair: 1 copy, 0 not; 11 left"


def test_a_skipped_pair_comes_back_in_the_next_session(run: Run) -> None:
    (first, second), _ = judge(run, "sq")
    assert first != second
    assert judge(run, "q")[0] == [first]


def test_the_estimate(run: Run) -> None:
    _, end = judge(run, "yy")
    assert end[1:3] == [
        "precision of the near copies: 20.0% to 100.0%; too few random draws for an estimate",
        "  of 10 near copies you judged 2: 2 right, 0 wrong",
    ]
    assert end[3].startswith("with 1 exact copy, counted as right: 27.3% to 100.0%")
    _, end = judge(run, "n" + "y" * 50)
    assert end[1] == "precision of the near copies: 90.0%, all are judged"
    assert end[2] == "  of 10 near copies you judged 10: 9 right, 1 wrong"
    assert end[-1].startswith("1 text judged n may still be a copy of another one: run the review")


def test_nothing_to_review(run: Run, folder: Path) -> None:
    write_news(folder, {"a": story(1), "b": story(2)})
    outcome = run(*REVIEW)
    assert outcome.out.decode().splitlines() == [
        "the run removes no near copies, so there is no precision to estimate",
    ]
    (folder / "news.jsonl").write_text("")
    assert run(*REVIEW).code == 0
    assert run(*REVIEW, "--preset", "exact").code == 0
    assert not (folder / "judged.jsonl").exists()


def test_removals_after_the_judgements_come_first(run: Run, folder: Path) -> None:
    """A text that two kept ones contain stays only after a judgement of each pair."""
    whole = {f"long{number}": f"{story(1)} {story(number)}" for number in (2, 3)}
    write_news(folder, {**whole, "short": story(1), "other": story(4), "near": story(4, 1)})
    pairs, end = judge(run, "yn")
    assert pairs[:2] == ["near", "short"]
    said = "1 text judged n may still be a copy of another one: run the review again to see it"
    assert end[-1] == said
    outcome = run(*REVIEW, stdin=b"n\nq\n")
    shown = outcome.out.decode().splitlines()
    assert shown[0].startswith("=== 1: removal after your judgements; ")
    assert shown[2] == "--- short  removed: near copy of long3"
    assert stored(folder)[-1]["source"] == "decided"
    assert shown[-3].startswith("precision of the near copies: 50.0%")  # of the settings alone
    assert shown[-1] == said
    assert "removal after your judgements" not in run(*REVIEW, stdin=b"q\n").out.decode()
    run("news.jsonl", "--decisions", "judged.jsonl", "-o", "out.jsonl", "--quiet")
    kept = [json.loads(line)["id"] for line in (folder / "out.jsonl").read_text().splitlines()]
    assert kept == ["long2", "long3", "short", "other"]


def test_skipped_removals_and_random_draws_are_counted(run: Run) -> None:
    _, end = judge(run, "syyq")
    assert end[2:4] == [
        "  of 10 near copies you judged 2: 2 right, 0 wrong; 1 random draw represents 8",
        "  1 skipped removal widens the range",
    ]
    _, end = judge(run, "q")
    assert not any("skipped" in line for line in end)


def test_nothing_is_judged(run: Run) -> None:
    _, end = judge(run, "q")
    assert end == [
        "judged 0 pairs: 0 copies, 0 not; 12 left",
        "none of 10 near copies is judged, so no precision is known",
    ]


def test_standard_input_without_keys(run: Run, folder: Path) -> None:
    assert run(*REVIEW, stdin=b"").is_error("standard input ended", "on a terminal", "a line")
    assert not (folder / "judged.jsonl").exists()


def test_a_file_whose_creation_was_killed(run: Run, folder: Path) -> None:
    """The review goes on; a run and an audit say that the file has no decisions."""
    for content in (b"", b'{"format": "dedup decis'):
        (folder / "judged.jsonl").write_bytes(content)
        said = "judged.jsonl has no decisions; name the file that dedup-clean review wrote"
        assert run("news.jsonl", "--decisions", "judged.jsonl", "--check").is_error(said)
        assert run("audit", "news.jsonl", "--judged", "judged.jsonl").is_error(said)
        judge(run, "y")
        assert len(stored(folder)) == 1


def test_equal_pairs_are_shown_once(run: Run, folder: Path) -> None:
    texts = {"a": story(1), "b": story(1, 1), "c": story(1, 1), "d": f"{story(1)} and more"}
    write_news(folder, texts)
    pairs, end = judge(run, "y" * 9)
    assert pairs == ["b", "a"] and end[0].startswith("all 2 pairs are judged")
    assert stored(folder)[0]["near_copies"] == 2


def test_folders_references_and_flags(run: Run, folder: Path) -> None:
    (folder / "crawl").mkdir()
    for name, text in TEXTS.items():
        (folder / "crawl" / f"{name}.txt").write_text(text)
    judged = ("--decisions", "judged.jsonl")
    shown = shown_pairs(run("review", "crawl", *judged, stdin=b"y\n").out.decode())
    assert shown[0].endswith(".txt")
    # The texts are the same, so a review of records goes on.
    assert judge(run, "q")[0] != [shown[0].removesuffix(".txt")]
    (folder / "old.jsonl").write_text(json.dumps({"id": "old", "text": story(12, 1)}))
    pairs, _ = judge(run, "s" * 50, "--against", "old.jsonl", "--memory", "400MB", "--threads", "1")
    assert "a12" in pairs
    pairs, end = judge(run, "s" * 50, "--threshold", "0.97")
    assert "b0" in pairs and end[1].startswith("the run removes no near copies")


def test_control_characters_do_not_reach_the_terminal(run: Run, folder: Path) -> None:
    hostile = "\x1b]0;title\x07 \u202e \x9b31m"
    texts = {f"{hostile}{n}" * 40: f"{story(1)} {hostile} {n * 'x'}" for n in (1, 2)}
    write_news(folder, texts)
    out = run(*REVIEW, stdin=b"a\ny\n").out.decode()
    assert "title" in out and out.replace("\n", "").isprintable()
    assert max(map(len, out.splitlines())) <= 80
    assert stored(folder)[0]["id"] in texts


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("review", "--decisions", "x"), ["standard input has the keys", "name a FILE"]),
        (("review", "-", "--decisions", "x"), ["standard input has the keys", "name a FILE"]),
        (("review", "news.jsonl"), ["--decisions is missing", "FILE", "judgements"]),
        (("review", "news.jsonl", "--decisions", "https://a.b/x"), ["must be a local file"]),
        (("review", "news.jsonl", "--index", "x"), ["--index", "an index has decided"]),
        (("review", "news.jsonl", "--spans"), ["--spans", "whole texts"]),
        (("review", "news.jsonl", "--judged", "x"), ["--judged", "--decisions"]),
        (("audit", "news.jsonl", "--decisions", "x"), ["--decisions", "--judged"]),
        (("news.jsonl", "--judged", "x"), ["--judged", "dedup-clean audit", "--decisions"]),
        (("news.jsonl", "--decisions", "no", "--check"), ["no: no such file", "review makes it"]),
        (
            ("news.jsonl", "--decisions", "x", "--decisions", "y"),
            ["--decisions was given twice"],
        ),
        (("review", "news.jsonl", "--decisions", "-"), ["--decisions must be a local file"]),
        (
            ("review", "news.jsonl", "--decisions", "news.jsonl"),
            ["--decisions news.jsonl is an input"],
        ),
        (("review", "news.jsonl", "--decisions", "none/x"), ["none/x"]),
        (
            ("review", "a.txt", "--decisions", "x"),
            ["review compares texts", "a.txt", "name several files"],
        ),
        (("review", ".", "--decisions", "x"), ["x must not be in the input ."]),
        (("review", "news.jsonl", "--decisions", "a.txt"), ["a.txt", "line 1", "decisions file"]),
        (("review", "news.jsonl", "--decisions", "x", "--recall", "0.5"), ["--recall", "jaccard"]),
    ],
)
def test_errors(run: Run, folder: Path, arguments: tuple[str, ...], said: list[str]) -> None:
    before = listing(folder)
    assert run(*arguments).is_error(*said)
    assert listing(folder) == before


class Terminal:
    """A review on a pseudo-terminal of 80 columns and 12 lines."""

    def __init__(self, process: "subprocess.Popen[bytes]", master: int) -> None:
        self.process, self._master = process, master
        self.shown = b""

    def wait_for(self, text: bytes) -> bytes:
        """Read until a text is shown; return what was shown since the last call."""
        read = b""
        while text not in read:
            ready, _, _ = select.select([self._master], [], [], LIMIT)
            assert ready, self.shown + read
            read += os.read(self._master, 1 << 16)
        self.shown += read
        return read

    def press(self, key: bytes) -> bytes:
        """Press a key; return what is shown until the next prompt."""
        os.write(self._master, key)
        return self.wait_for(b"help > ")

    def stop_and_go_on(self) -> None:
        """Do what a shell does at Ctrl-Z and ``fg``; wait until the prompt is shown again."""
        self.process.send_signal(signal.SIGSTOP)
        os.waitpid(self.process.pid, os.WUNTRACED)
        settings = termios.tcgetattr(self._master)
        settings[3] |= termios.ICANON | termios.ECHO
        termios.tcsetattr(self._master, termios.TCSANOW, settings)
        self.process.send_signal(signal.SIGCONT)
        self.wait_for(b"help > ")

    def end(self, key: bytes) -> str:
        """Press the last key; return the words that are shown until the process ends."""
        os.write(self._master, key)
        read = self.wait_for(b"judged ")
        with suppress(OSError):  # the other end is closed
            while more := os.read(self._master, 1 << 16):
                read += more
        return " ".join(read.decode().split())


def _take_terminal() -> None:
    """Make the terminal the one that sends signals to the process, as Ctrl-C."""
    os.close(os.open(os.ttyname(0), os.O_RDWR))


@contextmanager
def terminal(**variables: str) -> Iterator[Terminal]:
    master, slave = pty.openpty()
    termios.tcsetwinsize(slave, (12, 80))
    known = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    with subprocess.Popen(
        [sys.executable, "-m", "dedup", *REVIEW],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env=known | {"TERM": "xterm"} | variables,
        start_new_session=True,
        preexec_fn=_take_terminal,  # noqa: PLW1509  no threads
    ) as process:
        os.close(slave)
        try:
            found = Terminal(process, master)
            found.wait_for(b"help > ")
            yield found
        finally:
            process.kill()
            os.close(master)


def test_keys_of_a_terminal(folder: Path) -> None:
    with terminal() as seen:
        assert b"\x1b[31m" in seen.shown and b"[-" not in seen.shown
        assert b"more lines: press a to see all" in seen.shown
        before_prompt = seen.shown.split(b"help > ")[0].replace(b"\r\n", b"\n")
        assert before_prompt.count(b"\n") < 12
        assert len(stored_now(folder)) == 0
        seen.press(b"y")
        assert len(stored_now(folder)) == 1  # at once
        seen.press(b"n")
        assert b"go back one pair" in seen.press(b"?")
        seen.press(b"u")
        seen.press(b"\x1b[A")  # an arrow
        seen.press(b"k")
        end = seen.end(b"q")
        assert "judged 2 pairs: 1 copy, 1 not; 10 left" in end
        assert seen.process.wait(LIMIT) == 0
    assert [line["decision"] for line in stored(folder)] == ["remove", "keep", None, "keep"]


def test_after_control_z_keys_work_as_before(folder: Path) -> None:
    with terminal() as seen:
        seen.stop_and_go_on()
        seen.press(b"y")
        assert len(stored_now(folder)) == 1
        seen.end(b"q")
        assert seen.process.wait(LIMIT) == 0


def stored_now(folder: Path) -> list[dict[str, Any]]:
    return stored(folder) if (folder / "judged.jsonl").exists() else []


def test_no_color() -> None:
    with terminal(NO_COLOR="1") as seen:
        assert b"\x1b[3" not in seen.shown and b"[-" in seen.shown
        seen.end(b"q")


@pytest.mark.parametrize("key", [b"\x03", b"\x04"])  # Ctrl-C, Ctrl-D
def test_control_c_ends_like_q(folder: Path, key: bytes) -> None:
    with terminal() as seen:
        seen.press(b"y")
        assert "judged 1 pair" in seen.end(key)
        assert seen.process.wait(LIMIT) == 0
    assert len(stored(folder)) == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_like_q(folder: Path, number: signal.Signals) -> None:
    with terminal() as seen:
        seen.press(b"y")
        seen.process.send_signal(number)
        assert "judged 1 pair" in seen.end(b"")
        assert seen.process.wait(LIMIT) == 0
    assert len(stored(folder)) == 1


def test_a_killed_review_loses_nothing(folder: Path) -> None:
    with terminal() as seen:
        for key in (b"y", b"n", b"y"):
            seen.press(key)
        seen.process.kill()
        seen.process.wait(LIMIT)
    assert [line["decision"] for line in stored(folder)] == ["remove", "keep", "remove"]
    with terminal() as seen:
        assert b"9 left" in seen.shown
        seen.end(b"q")


def test_all_of_a_pair_is_shown_in_the_pager(folder: Path) -> None:
    with terminal(PAGER="tee seen") as seen:
        seen.press(b"a")
        seen.end(b"q")
    shown = (folder / "seen").read_bytes()
    assert shown.count(b"changed") == 4 and b"more lines" not in shown


def test_texts_are_shown_and_named_as_they_are_compared(run: Run, folder: Path) -> None:
    footer = "Sign up for our letter and have all the news of the county before you get up."
    repeated = f"{story(1)}\n\n{story(2)}\n\n{story(1)}\n\n{footer}"
    texts = {"a": repeated, "b": repeated.replace("w1x7 ", "other ")}
    texts |= {f"c{number}": f"{story(number)}\n\n{footer}" for number in range(20, 32)}
    write_news(folder, texts)
    digests = []
    blocks = ("--blocks", "--min-tokens", "10")
    chosen: list[tuple[str, ...]] = [(), ("--no-within",), blocks, ("--keep", "last")]
    for flags in chosen:
        judge(run, "y", *flags)
        (line,) = stored(folder)
        digests.append((line["text"], line["witness"]))
        (folder / "judged.jsonl").unlink()
    assert digests[1] == (text_digest(texts["b"].encode()), text_digest(texts["a"].encode()))
    assert len({*digests}) == 4
    for flags, digest in zip(chosen[::2], digests[::2], strict=True):
        run("news.jsonl", "--id-key", "id", "-o", "out.jsonl", "--no-across", *flags)
        lines = (folder / "out.jsonl").read_text().splitlines()
        left = [json.loads(line)["text"].encode() for line in lines[:2]]
        assert {*digest} == {*map(text_digest, left)}


def test_texts_are_shown_without_frames_and_named_with_them(run: Run, folder: Path) -> None:
    menu = "Home\nNews | Sport | Weather\nAll usual channels\n"
    texts = [menu + story(number, changed) for number, changed in ((1, 0), (2, 0), (1, 2), (3, 0))]
    lines = [
        json.dumps({"id": f"https://a.org/{page}", "text": text}) + "\n"
        for page, text in enumerate(texts)
    ]
    (folder / "news.jsonl").write_text("".join(lines))
    outcome = run(*REVIEW, "--source-key", "id", stdin=b"n\n")
    assert outcome.code == 0 and b"w1x20" in outcome.out and b"Sport" not in outcome.out
    (line,) = stored(folder)
    assert {line["text"], line["witness"]} == {text_digest(texts[row].encode()) for row in (0, 2)}
    decided = run("news.jsonl", "--source-key", "id", "--decisions", "judged.jsonl", "--check")
    assert decided.code == 0 and "would keep 4 of 4" in decided.err


@pytest.mark.parametrize(
    ("keys", "copies", "summary"),
    [
        ("n" * 50, 0, "would keep 27 of 28 documents; would remove 1 exact copy"),
        ("y" * 50, 12, "would keep 15 of 28 documents; would remove 1 exact and 12 near copies"),
    ],
)
def test_the_next_run_honours_the_judgements(
    run: Run, keys: str, copies: int, summary: str
) -> None:
    assert len(judge(run, keys)[0]) == 12
    outcome = run("news.jsonl", "--decisions", "judged.jsonl", "--check")
    assert outcome.err.splitlines()[0].startswith(summary)
    table = run("news.jsonl", "--decisions", "judged.jsonl", "--dry-run", "--id-key", "id").out
    diff = run("news.jsonl", "--decisions", "judged.jsonl", "--diff", "--id-key", "id").out
    assert table.count(b"judged") == diff.count(b"removed: judged a copy of ") == copies
    # The precision is that of the settings, whatever was judged.
    first = run(*REVIEW).out.splitlines()[1]
    right = b"0.0%" if keys.startswith("n") else b"100.0%"
    assert first == b"precision of the near copies: %s, all are judged" % right
