"""Write measured numbers as JSON and describe the measurement: date, commit, machine."""

import json
import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results"


def write_results(path: Path, rows: Sequence[Mapping[str, Any]], **facts: object) -> None:
    """Write ``rows`` and ``facts``, together with what one needs to judge or repeat them."""
    measured = {"date": today(), "commit": commit()}
    result = {**measured, "machine": machine(), **facts, "rows": list(rows)}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def read_results(name: str) -> dict[str, Any]:
    """Return a file of results."""
    results: dict[str, Any] = json.loads((RESULTS / name).read_text(encoding="utf-8"))
    return results


def with_digest(name: str) -> str:
    """Return the name of a file of results and a digest of its contents."""
    return f"{name} {sha256((RESULTS / name).read_bytes()).hexdigest()[:16]}"


def today() -> str:
    return datetime.now(UTC).date().isoformat()


def commit() -> str:
    """Return the short hash of the commit, with ``+`` where ``src`` has uncommitted changes."""
    try:
        short = _git("rev-parse", "--short", "HEAD").strip()
        return f"{short}+" if _git("status", "--porcelain", "-uno", "--", "src").strip() else short
    except (OSError, subprocess.CalledProcessError):
        return "unknown"  # not a clone


def _git(*arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments],  # noqa: S607  the git of the person who measures
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout


def machine() -> str:
    """Return the processor model, the usable cores, the memory, the system and the Python."""
    cores = len(os.sched_getaffinity(0))
    gigabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{processor()}, {cores} cores, {gigabytes:.0f} GB, {platform.system()}, {python}"


def processor() -> str:
    """Return the model of the processor, or its architecture where the model is not known."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine()
    models = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(models, platform.machine())
