"""Feed any bytes to the compiled core: ``python tools/fuzz.py [SECONDS]``.

Needs clang++ with libFuzzer: Debian's packages clang and libclang-rt-dev, or what they are called.
"""

import os
import subprocess
import sys
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
SOURCES = ("tests/native/fuzz_tokens.cpp", "src/native/level.cpp")


def main(seconds: str = "60") -> int:
    """Build the target, run it so long, and return its exit status."""
    with TemporaryDirectory() as folder:
        data, program = Path(folder) / "data", Path(folder) / "fuzz"
        write_arrays(data)
        compiler = os.environ.get("CLANG", "clang++")
        # -mavx2: so that blocks of 64 bytes are read by vectors.
        files = [str(ROOT / source) for source in SOURCES]
        build = [compiler, *FLAGS, "-mavx2", "-DDEDUP_LEVEL=portable", *files, "-o", str(program)]
        subprocess.run(build, check=True)  # noqa: S603
        environment = {**os.environ, "DEDUP_TABLES": str(data)}
        command = [
            str(program),
            f"-max_total_time={seconds}",
            "-max_len=600",
            "-print_final_stats=1",
        ]
        return subprocess.run(command, env=environment, check=False).returncode  # noqa: S603


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
