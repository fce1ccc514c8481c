"""A session of a review: shows pairs, reads keys, stores judgements."""

import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path

from dedup.cli.key_input import forget_keys, is_terminal, read_key
from dedup.cli.pager import diff_lines, show_pages
from dedup.datasets.decide_records import Decisions
from dedup.errors import InputError
from dedup.files.standard_streams import in_output_encoding, write_stdout
from dedup.matching.decisions import (
    Judgement,
    PairDecision,
    append_judgement,
    take_back_judgement,
)
from dedup.reports.decided_texts import DecidedTexts
from dedup.reports.review_page import PairPage, pair_page
from dedup.reports.review_queue import ReviewPair, ReviewQueue, digest_of

PROMPT = "copy? y: yes, n: no, s: skip, u: undo, a: all, q: quit, ?: help > "
HELP_OF_KEYS = """\
y or r  a copy; runs with --decisions remove one of the two
n or k  no copies of each other; another text may still remove either
s       skip: ask again in the next session
u       undo: go back one pair, and take back its judgement
a       show all differences of this pair, in the pager
q       quit; every judgement is saved already
"""
DECISIONS: dict[str, PairDecision] = {"y": "remove", "r": "remove", "n": "keep", "k": "keep"}
ACTIONS = {"y": "copy", "r": "copy", "n": "no copy", "k": "no copy"}
ACTIONS |= {"s": "skip", "u": "undo", "a": "show all", "q": "quit"}
LINES_BELOW = 3  # of the screen: a blank line, the prompt, and the line after it


class ReviewSession:
    """A session of a review.

    Parameters
    ----------
    decisions, texts
        The decisions of the run on records, also as a report reads them.
    queue
        The pairs to show.
    path
        The decisions file.
    judgements
        The judgements of the file by ``pair_key``; the session adds its own.
    """

    def __init__(
        self,
        decisions: Decisions,
        texts: DecidedTexts,
        queue: ReviewQueue,
        path: Path,
        judgements: dict[int, Judgement],
    ) -> None:
        self._rows, self._texts, self._queue = decisions.rows, texts, queue
        self._path, self._judgements = path, judgements
        self._pairs: list[ReviewPair] = []  # in the order in which they were shown
        self._made: dict[int, Judgement] = {}  # in this session
        self._skipped: set[int] = set()  # keys of removals
        self._is_begun = False  # a key was read

    @property
    def made(self) -> list[Judgement]:
        """The judgements of this session."""
        return [*self._made.values()]

    @property
    def skipped(self) -> int:
        """The number of removals that were skipped, without those that were judged later."""
        return len(self._skipped - self._judgements.keys())

    def walk(self) -> None:
        """Show pairs until all are judged or skipped, or until the person quits.

        Raises
        ------
        InputError
            When standard input is no terminal and ends before the first key.
        """
        try:
            self._walk()
        except KeyboardInterrupt:
            _write("quit\n")
        except EOFError:
            _write("quit\n")
            if not (self._is_begun or is_terminal()):
                remedy = "run the review on a terminal, or pipe a letter a line"
                raise InputError(f"standard input ended; {remedy}") from None

    def _walk(self) -> None:
        place = 0
        while True:
            if place == len(self._pairs):
                pair = self._queue.next_pair()
                if pair is None:
                    return
                self._pairs.append(pair)
            key = self._ask(self._pairs[place], place + 1)
            if key == "q":
                return
            if key == "u":
                place = self._undo(place)
                continue
            if key in DECISIONS:
                self._judge(self._pairs[place], DECISIONS[key])
            elif self._pairs[place].source in ("uncertain", "random"):
                self._skipped.add(self._queue.key_of(self._pairs[place]))
            place += 1

    def _ask(self, pair: ReviewPair, number: int) -> str:
        """Show a pair until the person decides; return the key."""
        lines = diff_lines()
        page = pair_page(pair, self._texts, lines, number, self._queue.left)
        _write(_cut(page) + "\n")
        while True:
            forget_keys()
            _write(PROMPT)
            key = read_key()
            self._is_begun = True
            _write(f"{ACTIONS.get(key, 'help')}\n")
            if key == "a":
                show_pages([*page.head, *page.body], is_coloured=lines.is_coloured)
            elif key in ACTIONS:
                _write("\n")
                return key
            else:
                _write(HELP_OF_KEYS)

    def _judge(self, pair: ReviewPair, decision: PairDecision) -> None:
        texts, config = self._texts, self._texts.config
        judgement = Judgement(
            text=digest_of(texts, pair.row),
            witness=digest_of(texts, pair.witness),
            decision=decision,
            similarity=round(pair.similarity, 6),
            kind=pair.kind,
            source=pair.source,
            id=self._rows.id_of(pair.row),
            witness_id=self._rows.id_of(pair.witness),
            measure=config.measure,
            unit=config.unit,
            ngram_size=config.ngram_size,
            near_copies=self._queue.near_copies,
            date=_now(),
        )
        append_judgement(self._path, judgement)
        key = self._queue.key_of(pair)
        self._judgements[key] = self._made[key] = judgement

    def _undo(self, place: int) -> int:
        """Take back the judgement of the pair before a place; return the new place."""
        if not place:
            _write("nothing to undo in this session\n")
            return place
        key = self._queue.key_of(self._pairs[place - 1])
        if key in self._made:
            take_back_judgement(self._path, self._made.pop(key), _now())
            del self._judgements[key]
        return place - 1


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _cut(page: PairPage) -> str:
    """Return what fits on the screen, all if standard output is no terminal."""
    if sys.stdout is None or not sys.stdout.isatty():
        return "".join([*page.head, *page.body])
    return page.cut(shutil.get_terminal_size().lines - LINES_BELOW)


def _write(text: str) -> None:
    write_stdout(in_output_encoding(text))
