"""Who is compared, which version, and what one should know about the row of the table."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

ROOT = Path(__file__).parents[2]
HOME = ROOT / ".peers"
AS_OF = "2026-11-23"  # nothing newer is installed, so that what the peers need is pinned too


Measure = Literal["containment", "jaccard"]
Sets = Literal["words", "dedup"]


@dataclass(frozen=True, slots=True)
class Environment:
    """A virtual environment under `.peers`: its Python, and what is installed in it."""

    python: str
    requirements: tuple[str, ...]


ENVIRONMENTS = {
    "datasketch": Environment("3.11", ("datasketch==2.0.0",)),
    "rensa": Environment("3.11", ("rensa==0.5.0",)),
    "fastsketchlsh": Environment("3.11", ("fastsketchlsh==1.0.1",)),
    "fast_dedup": Environment("3.11", ("fast-dedup==0.1.0",)),
    "near_dupes": Environment("3.11", ("near-dupes==0.1.0",)),
    "text_dedup": Environment("3.13", ("text-dedup==0.4.1",)),  # it asks for 3.12 or newer
    # Its reader needs the extra "io"; its English words need spacy's blank tokenizer.
    "datatrove": Environment("3.11", ("datatrove[io,processing]==0.10.1", "spacy==3.8.18")),
}


@dataclass(frozen=True, slots=True)
class Peer:
    """One row: a script, run by the interpreter of `environment` (ours where it is None).

    `truth` names the sets and the measure that it is scored by: its own.
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


OURS = "ours: its sets are `dedup.shingles`, whose words are folded and without punctuation"
LIBRARY = "joined 5-grams of `text.lower().split()`, 128 permutations, threshold 0.8"

PEERS = [
    Peer("dedup", "run_dedup", None, ("containment",), ("dedup", "containment"), note=OURS),
    Peer("dedup-jaccard", "run_dedup", None, ("jaccard",), ("dedup", "jaccard"), note=OURS),
    Peer("dedup-pairs", "run_dedup", None, ("pairs",), ("dedup", "jaccard"), note=OURS),
    Peer("datasketch", "run_datasketch", "datasketch", note=f"{LIBRARY}; candidates of the LSH"),
    Peer(
        "rensa",
        "run_rensa",
        "rensa",
        ("lsh",),
        note=f"{LIBRARY}; R-MinHash, candidates of 16 bands",
    ),
    Peer(
        "rensa-readme",
        "run_rensa",
        "rensa",
        ("deduplicator",),
        note=f"{LIBRARY}; `RMinHashDeduplicator(use_lsh=True)`, as its README",
    ),
    Peer(
        "rensa-rho",
        "run_rensa",
        "rensa",
        ("rho",),
        note=f"{LIBRARY}; its sampling pipeline, 8 bands, 4 probes: flags, no pairs",
    ),
    Peer(
        "fastsketchlsh",
        "run_fastsketchlsh",
        "fastsketchlsh",
        note=f"{LIBRARY}; sorted unique tokens, as its README; candidates of 16 bands",
    ),
    Peer(
        "fast-dedup",
        "run_fast_dedup",
        "fast_dedup",
        note=f"{LIBRARY}; it has no index, so each signature is compared with all before it",
    ),
    Peer(
        "near-dupes",
        "run_near_dupes",
        "near_dupes",
        note="its README's call with threshold 0.8: Jaccard of sets of three characters, verified",
    ),
    Peer(
        "text-dedup",
        "run_text_dedup",
        "text_dedup",
        reads_a_file=True,
        note="its README's configuration with threshold 0.8 and 128 permutations; two processes;"
        " starting them takes it most of the time here: 600 short texts took it 19 s",
    ),
    Peer(
        "datatrove",
        "run_datatrove",
        "datatrove",
        reads_a_file=True,
        note="its example's four stages, 14 buckets of 8, one worker; its own words and 5-grams",
    ),
]
