"""The tools that are compared: their versions, settings and a note on each row of the table."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

ROOT = Path(__file__).parents[2]
HOME = ROOT / ".peers"
AS_OF = "2026-11-23"  # install nothing newer: this pins the dependencies of the peers, too

Measure = Literal["containment", "jaccard"]
Sets = Literal["words", "dedup"]


@dataclass(frozen=True, slots=True)
class Environment:
    """A virtual environment under `.peers`: its Python version and the packages to install."""

    python: str
    requirements: tuple[str, ...]


ENVIRONMENTS = {
    "datasketch": Environment("3.11", ("datasketch==2.0.0",)),
    "rensa": Environment("3.11", ("rensa==0.5.0",)),
    "fastsketchlsh": Environment("3.11", ("fastsketchlsh==1.0.1",)),
    "fast_dedup": Environment("3.11", ("fast-dedup==0.1.0",)),
    "near_dupes": Environment("3.11", ("near-dupes==0.1.0",)),
    "text_dedup": Environment("3.13", ("text-dedup==0.4.1",)),  # needs Python 3.12 or newer
    # The reader needs the extra "io"; the English tokenizer needs spacy.
    "datatrove": Environment("3.11", ("datatrove[io,processing]==0.10.1", "spacy==3.8.18")),
}


@dataclass(frozen=True, slots=True)
class Peer:
    """One row of the table: a script and the environment that runs it.

    Attributes
    ----------
    environment
        Key of ``ENVIRONMENTS``; None for the interpreter of this project.
    form
        Further arguments of the script.
    truth
        Shingle sets and similarity measure by which the tool itself defines a near copy.
    reads_a_file
        Whether the tool can only be called as a process that reads a file.
    """

    name: str
    script: str
    environment: str | None
    form: tuple[str, ...] = ()
    truth: tuple[Sets, Measure] = ("words", "jaccard")
    reads_a_file: bool = False
    note: str = ""

    @property
    def interpreter(self) -> Path:
        if self.environment is None:
            return Path(sys.executable)
        return HOME / self.environment / "bin" / "python"

    @property
    def version(self) -> str:
        if self.environment is None:
            return "this tree"
        return ENVIRONMENTS[self.environment].requirements[0].partition("==")[2]

    def command(self, source: Path, target: Path) -> list[str]:
        module = f"benchmarks.peers.{self.script}"
        return [str(self.interpreter), "-m", module, str(source), str(target), *self.form]


OURS = "this library; its sets are `dedup.shingles` (case-folded words without punctuation)"
LIBRARY = "joined 5-grams of `text.lower().split()`, 128 permutations, threshold 0.8"

PEERS = [
    Peer("dedup", "run_dedup", None, ("containment",), ("dedup", "containment"), note=OURS),
    Peer("dedup-jaccard", "run_dedup", None, ("jaccard",), ("dedup", "jaccard"), note=OURS),
    Peer("dedup-pairs", "run_dedup", None, ("pairs",), ("dedup", "jaccard"), note=OURS),
    Peer(
        "datasketch",
        "run_datasketch",
        "datasketch",
        note=f"{LIBRARY}; LSH candidates",
    ),
    Peer(
        "rensa",
        "run_rensa",
        "rensa",
        ("lsh",),
        note=f"{LIBRARY}; R-MinHash, LSH candidates of 16 bands",
    ),
    Peer(
        "rensa-readme",
        "run_rensa",
        "rensa",
        ("deduplicator",),
        note=f"{LIBRARY}; `RMinHashDeduplicator(use_lsh=True)`, as in its README",
    ),
    Peer(
        "rensa-rho",
        "run_rensa",
        "rensa",
        ("rho",),
        note=f"{LIBRARY}; its sampling pipeline, 8 bands, 4 probes; returns flags, not pairs",
    ),
    Peer(
        "fastsketchlsh",
        "run_fastsketchlsh",
        "fastsketchlsh",
        note=f"{LIBRARY}; sorted unique tokens, as in its README; LSH candidates of 16 bands",
    ),
    Peer(
        "fast-dedup",
        "run_fast_dedup",
        "fast_dedup",
        note=f"{LIBRARY}; no index: each signature is compared with all earlier ones",
    ),
    Peer(
        "near-dupes",
        "run_near_dupes",
        "near_dupes",
        note="the call of its README, threshold 0.8: verified Jaccard of character 3-grams",
    ),
    Peer(
        "text-dedup",
        "run_text_dedup",
        "text_dedup",
        reads_a_file=True,
        note="the configuration of its README, threshold 0.8, 128 permutations; two processes;"
        " start-up is much of its time: 600 short texts take 13 s",
    ),
    Peer(
        "datatrove",
        "run_datatrove",
        "datatrove",
        reads_a_file=True,
        note="the four stages of its example, 14 buckets of 8, one worker; its own word 5-grams",
    ),
]
