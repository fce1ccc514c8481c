"""Where the cleaned texts of several inputs go, refused before anything is written."""

import os
from collections.abc import Sequence
from pathlib import Path

from dedup.errors import OutputError
from dedup.io.text import STDIN


def plan_targets(inputs: Sequence[Path], output: Path) -> list[Path]:
    """Return the output file of each input.

    Parameters
    ----------
    inputs
        The input files, ``-`` for standard input.
    output
        A file for one input; a folder for several, made when it is missing. One input
        goes into a folder, too, when that exists or is written with a slash at its end.

    Raises
    ------
    OutputError
        When two outputs would be one file, or an output would overwrite an input.

    Examples
    --------
    >>> [path.as_posix() for path in plan_targets([Path("a.txt")], Path("clean.txt"))]
    ['clean.txt']
    """
    if len(inputs) == 1 and not output.is_dir():
        targets = [output]
    else:
        if STDIN in inputs:
            raise OutputError("-: standard input has no name in a folder; give -o FILE")
        if output.exists() and not output.is_dir():
            raise OutputError(f"{output}: is a file, and several inputs need a folder after -o")
        targets = [output / path.name for path in inputs]
    seen: dict[str, Path] = {}
    for path, target in zip(inputs, targets, strict=True):
        other = seen.setdefault(os.path.realpath(target), path)
        if other is not path:
            raise OutputError(f"{target}: {other} and {path} would both go there; rename one")
    refuse_overwriting(inputs, targets)
    return targets


def refuse_overwriting(inputs: Sequence[Path], targets: Sequence[Path]) -> None:
    """Refuse outputs that are inputs.

    Raises
    ------
    OutputError
        When a target is the same file as an input.
    """
    sources = {os.path.realpath(path) for path in inputs if path != STDIN}
    for target in targets:
        if os.path.realpath(target) in sources:
            raise OutputError(f"{target}: is an input; choose another file, or --in-place")


def make_folder(folder: Path) -> None:
    """Make a folder for outputs, and those above it.

    Raises
    ------
    OutputError
        When it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise OutputError(
            f"{folder}: cannot be made ({reason.lower()}); choose another -o"
        ) from error
