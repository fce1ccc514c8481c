"""Check a release: build it, install it in new environments, and compare what it does there.

The sdist must have the committed files and no others. For each Python a wheel is built from it, as
pip does where there is a compiler. Two new environments follow, both without a compiler: the wheel,
which must use its compiled core, and the sdist, which must work in numpy. All must print the same.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from types import MappingProxyType
from zipfile import ZipFile

ROOT = Path(__file__).parents[1]
ARTICLE = ROOT / "examples" / "article.txt"
NO_COMPILER = {"CC": "missing-compiler", "CXX": "missing-compiler"}
SHOWN_FILES = 20  # wrong ones
HEADERS = ("Python", "installed", "core", "wheel built in", "installed in", "prints")
# Run where the package is installed. Whatever it prints must not depend on the core.
CALLS = """
import json, warnings
warnings.simplefilter("ignore")
import dedup
article = open("article.txt", encoding="utf-8").read()
texts = [article[:1600], article, "Something else.", article.upper()]
result = dedup.deduplicate(texts)
cleaned = dedup.clean(article)
assert dedup.restore(cleaned.text, cleaned.ledger) == article
print(json.dumps([dedup.__version__, result.keep.tolist(), result.witness.tolist(), cleaned.text,
    dedup.minhash(texts).tolist(), repr(dedup.near_duplicates(texts, measure="jaccard"))]))
"""


class ReleaseError(Exception):
    """The release must not be published; the message says why."""


@dataclass(frozen=True, slots=True)
class Installation:
    """A new environment in which the package is installed."""

    python: str
    source: str
    core: str
    build_seconds: float | None  # None where pip builds nothing
    seconds: float
    printed: tuple[str, ...]


def output_of(
    *command: str | Path, folder: Path = ROOT, variables: Mapping[str, str] = MappingProxyType({})
) -> tuple[str, str]:
    """Run a command; return what it prints on its two streams.

    Raises
    ------
    ReleaseError
        If it fails.
    """
    environment = {name: value for name, value in os.environ.items() if is_neutral(name)}
    done = subprocess.run(  # noqa: S603
        command,
        cwd=folder,
        env={**environment, **variables},
        check=False,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    if done.returncode:
        line = " ".join(map(str, command))
        raise ReleaseError(f"failed with status {done.returncode}: {line}\n{done.stderr}")
    return done.stdout, done.stderr


def is_neutral(name: str) -> bool:
    """Return whether a variable of the environment leaves the installed package alone."""
    return not name.startswith(("DEDUP_", "PYTHON", "VIRTUAL_ENV"))


def interpreters(names: Sequence[str]) -> Iterator[Path]:
    """Yield for each name the first program of the path that can make environments."""
    for name in names:
        paths = (Path(folder, name) for folder in os.get_exec_path())
        found = next(filter(makes_environments, paths), None)
        if found:
            yield found
        else:
            print(f"{name}: not found, or without ensurepip; left out")


def makes_environments(python: Path) -> bool:
    """Return whether a program is a Python that can make environments with pip."""
    command = [str(python), "-c", "import ensurepip"]
    if not python.is_file():
        return False
    return subprocess.run(command, check=False, capture_output=True).returncode == 0  # noqa: S603


def default_names() -> list[str]:
    """Return the names of the Pythons in the classifiers."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    versions = (line.rpartition(":: ")[2] for line in project["classifiers"])
    return [f"python{version}" for version in versions if version.startswith("3.")]


def build_sdist(folder: Path) -> Path:
    """Build the sdist."""
    uv = Path(sys.executable).with_name("uv")
    output_of(uv, "build", "--quiet", "--sdist", "--out-dir", folder, ROOT)
    [sdist] = folder.glob("*.tar.gz")
    return sdist


def committed(*folders: str) -> set[str]:
    """Return the committed files."""
    return {*output_of("git", "ls-files", "-z", *folders)[0].split("\0")} - {""}


def check_committed(folder: Path = ROOT) -> None:
    """Raise ReleaseError if a file has changes that are not committed."""
    changed = output_of("git", "status", "--porcelain", folder=folder)[0].splitlines()
    if changed:
        raise ReleaseError("\n".join(["changes that are not committed:", *changed[:SHOWN_FILES]]))


def compare_files(title: str, found: set[str], wanted: set[str]) -> None:
    """Raise ReleaseError if there are other files than the wanted ones."""
    wrong = [f"has {name}" for name in sorted(found - wanted)]
    wrong += [f"lacks {name}" for name in sorted(wanted - found)]
    if wrong:
        count = f"{len(wrong):,} wrong or missing files"
        raise ReleaseError("\n".join([f"{title}: {count}", *wrong[:SHOWN_FILES]]))


def check_sdist(sdist: Path) -> None:
    """Raise ReleaseError if an sdist has other files than the committed ones."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    excluded = [f"{path}/" for path in settings["tool"]["scikit-build"]["sdist"]["exclude"]]
    wanted = {name for name in committed() if not name.startswith(tuple(excluded))}
    with tarfile.open(sdist) as archive:
        members = [member.name.partition("/")[2] for member in archive if not member.isdir()]
    compare_files(sdist.name, {*members}, wanted | {"PKG-INFO"})


def check_wheel(wheel: Path) -> None:
    """Raise ReleaseError if a wheel has other files than the package and its core."""
    names = {name for name in ZipFile(wheel).namelist() if ".dist-info/" not in name}
    cores = {name for name in names if name.startswith("dedup/_native.") and name[-4:] != ".pyi"}
    if len(cores) != 1:
        raise ReleaseError(f"{wheel.name} has {len(cores)} compiled cores, not 1")
    packages = committed("src/dedup", "src/dedup_clean")
    compare_files(wheel.name, names - cores, {name.removeprefix("src/") for name in packages})


def new_environment(python: Path, folder: Path) -> Path:
    """Make an environment; return the folder of its programs."""
    output_of(python, "-m", "venv", folder)
    return folder / ("Scripts" if os.name == "nt" else "bin")


def build_wheel(python: Path, sdist: Path, folder: Path) -> tuple[Path, float]:
    """Build a wheel from the sdist, as pip does before it installs one; return the seconds, too."""
    programs, start = new_environment(python, folder / "build"), perf_counter()
    pip = (programs / "python", "-m", "pip", "--quiet")
    output_of(*pip, "wheel", "--no-deps", "--no-cache-dir", "--wheel-dir", folder, sdist)
    [wheel] = folder.glob("*.whl")
    check_wheel(wheel)
    return wheel, perf_counter() - start


def install(python: Path, source: Path, folder: Path, build_seconds: float | None) -> Installation:
    """Install a file in a new environment without a compiler, and run the package there.

    Raises
    ------
    ReleaseError
        If something fails, or the wrong core is used.
    """
    programs, start = new_environment(python, folder), perf_counter()
    pip = (programs / "python", "-m", "pip", "--quiet")
    # Without pip's cache, which may have a wheel of an earlier build of this sdist.
    output_of(*pip, "install", "--no-cache-dir", source, variables=NO_COMPILER)
    seconds = perf_counter() - start
    place = folder / "work"
    place.mkdir()
    shutil.copy(ARTICLE, place)
    command = programs / "dedup-clean"
    core = output_of(command, "--version", folder=place)[0].partition("(")[2].strip(")\n")
    if core.startswith("compiled") != (source.suffix == ".whl"):
        raise ReleaseError(f"{source.name} on {python.name}: {core}")
    text, messages = output_of(command, "article.txt", folder=place)
    called, _ = output_of(programs / "python", "-c", CALLS, folder=place)
    printed = (text, messages.splitlines()[-1], json.dumps(json.loads(called)))
    kind = "wheel" if source.suffix == ".whl" else "sdist, no compiler"
    return Installation(python.name, kind, core, build_seconds, seconds, printed)


def installations(pythons: Sequence[Path], sdist: Path, folder: Path) -> Iterator[Installation]:
    """Yield two installations for each Python."""
    for number, python in enumerate(pythons):
        of_python = folder / str(number)
        wheel, seconds = build_wheel(python, sdist, of_python)
        yield install(python, wheel, of_python / "wheel", seconds)
        yield install(python, sdist, of_python / "sdist", None)


def check_release(names: Sequence[str], folder: Path) -> None:
    """Print a row for each installation; raise ReleaseError at the first failure."""
    check_committed()
    sdist = build_sdist(folder)
    check_sdist(sdist)
    print(f"{sdist.name}: {sdist.stat().st_size:,} bytes, the committed files and no others")
    pythons = [*interpreters(names)]
    if not pythons:
        raise ReleaseError("no Python was found; name one with --python")
    first: Installation | None = None
    print(f"| {' | '.join(HEADERS)} |\n| {' | '.join('---' for _ in HEADERS)} |")
    for one in installations(pythons, sdist, folder):
        first = first or one
        is_same = one.printed == first.printed
        built = "" if one.build_seconds is None else f"{one.build_seconds:.0f} s"
        prints = "the same" if is_same else "something else"
        cells = (one.python, one.source, one.core, built, f"{one.seconds:.0f} s", prints)
        print(f"| {' | '.join(cells)} |", flush=True)
        if not is_same:
            pairs = zip(first.printed, one.printed, strict=True)
            differ = next((a, b) for a, b in pairs if a != b)
            raise ReleaseError(f"printed {differ[1]!r} instead of {differ[0]!r}")


def main() -> int:
    """Check the release, and return 1 if it must not be published."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", action="append", help="name of a Python; repeatable")
    arguments = parser.parse_args()
    with TemporaryDirectory() as folder:
        try:
            check_release(arguments.python or default_names(), Path(folder))
        except ReleaseError as error:
            print(error, file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
