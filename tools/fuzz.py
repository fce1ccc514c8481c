"""Feed random bytes to the compiled core: ``python tools/fuzz.py [SECONDS]``.

Needs clang++ with libFuzzer (Debian packages clang and libclang-rt-dev).
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parents[1]))

from tools.check_level import ROOT, write_arrays

FLAGS = (
    "-std=c++20",
    "-O1",
    "-g",
    "-fsanitize=fuzzer,address,undefined",
    "-fno-sanitize-recover=all",
)
TARGETS = {
    "tokens": ("tests/native/fuzz_tokens.cpp", "src/native/kernels.cpp"),
    "pages": ("tests/native/fuzz_pages.cpp", "src/native/page.cpp"),
    "json": ("tests/native/fuzz_json.cpp", "src/native/json_object.cpp", "src/native/kernels.cpp"),
}


def main(seconds: str = "60") -> int:
    """Build each target, run it for some seconds, and return the first exit status other than 0."""
    with TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        write_arrays(data)
        for name, sources in TARGETS.items():
            program = Path(folder) / name
            _build(sources, program)
            environment = {**os.environ, "DEDUP_TABLES": str(data)}
            command = [
                str(program),
                f"-max_total_time={seconds}",
                "-max_len=600",
                "-print_final_stats=1",
            ]
            status = subprocess.run(command, env=environment, check=False).returncode  # noqa: S603
            if status:
                return status
    return 0


def _build(sources: Sequence[str], program: Path) -> None:
    compiler = os.environ.get("CLANG", "clang++")
    # -mavx2: to read blocks of 64 bytes as vectors.
    files = [str(ROOT / source) for source in sources]
    build = [compiler, *FLAGS, "-mavx2", "-DDEDUP_LEVEL=portable", *files, "-o", str(program)]
    subprocess.run(build, check=True)  # noqa: S603


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
