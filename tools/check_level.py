"""Check the kernels on an emulated processor: ``tools/check_level.py [COMPILER] [EMULATOR]``.

The defaults check NEON; they need the Debian packages g++-aarch64-linux-gnu and qemu-user.
"""

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt

ROOT = Path(__file__).parents[1]

sys.path.insert(0, str(ROOT))

from dedup.arrays.packed import pack  # noqa: E402
from dedup.matching.minhash import permutations, signatures  # noqa: E402
from dedup.text.alphabet import alphabet  # noqa: E402
from dedup.text.mixing import SHINGLE_STREAM, constant_table  # noqa: E402
from dedup.text.shingles import shingle  # noqa: E402
from dedup.text.tokens import KIND_WEIGHTS, tokenize  # noqa: E402
from tests.generated_texts import alike_texts, random_texts  # noqa: E402

SEED, NGRAM_SIZE, WIDTH = 1, 5, 37
SOURCES = ("tests/native/level_check.cpp", "src/native/kernels.cpp")


def arrays() -> list[npt.NDArray[np.generic]]:
    """Return the arrays that the program reads: tables, rows, and the specification's results."""
    texts = alike_texts() + random_texts(800, 3, 200)
    packed, tables = pack(texts), alphabet(SEED)
    columns = [*vars(tables).values()][:-3]
    keys = np.array([tables.character_key, tables.position_key, tables.token_key], np.uint64)
    both = permutations(WIDTH, SEED)
    found = [*columns, KIND_WEIGHTS, keys, constant_table(SEED, SHINGLE_STREAM, NGRAM_SIZE)]
    found += [*both, packed.utf8, packed.offsets]
    for characters in (False, True):
        tokens = tokenize(packed.utf8, packed.offsets, SEED, characters=characters)
        shingles = shingle(tokens.hashes, NGRAM_SIZE, SEED)
        found += [tokens.hashes.values, tokens.weight_thirds, signatures(shingles, WIDTH, SEED)]
    return found


def write_arrays(path: Path) -> None:
    """Write the arrays as the programs in ``tests/native`` read them."""
    with path.open("wb") as file:
        for array in arrays():
            raw = np.ascontiguousarray(array).tobytes()
            file.write(len(raw).to_bytes(8, "little") + raw + bytes(-len(raw) % 8))


def main(compiler: str = "aarch64-linux-gnu-g++", emulator: str = "qemu-aarch64") -> int:
    """Build the program, run it, and return its exit status."""
    with TemporaryDirectory() as folder:
        data, program = Path(folder) / "data", Path(folder) / "check"
        write_arrays(data)
        flags = ["-std=c++20", "-O3", "-static", "-Wall", "-Wextra", "-Werror"]
        defines = ["-DDEDUP_LEVEL=portable"]
        sources = [str(ROOT / source) for source in SOURCES]
        subprocess.run(  # noqa: S603
            [compiler, *flags, *defines, *sources, "-o", str(program)],
            check=True,
        )
        command = [emulator, str(program), str(data)] if emulator else [str(program), str(data)]
        return subprocess.run(command, check=False).returncode  # noqa: S603


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
