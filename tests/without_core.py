"""Run a test without the compiled core, by the specification in numpy."""

import re
from importlib import import_module
from pathlib import Path

import pytest

import dedup
from dedup.arrays import native

# A module binds the core when it is imported. All such modules are imported here, so that none
# binds the missing core while a test runs without it.
for file in sorted(Path(dedup.__file__).parent.rglob("*.py")):
    if re.search(
        r"^from dedup.arrays.native import .*\bcore\b", file.read_text("utf-8"), re.MULTILINE
    ):
        import_module(
            ".".join(file.relative_to(Path(dedup.__file__).parents[1]).with_suffix("").parts)
        )

needs_core = pytest.mark.skipif(
    native.core is None, reason="dedup was built without its compiled core"
)


def leave_out_core(patch: pytest.MonkeyPatch) -> None:
    """Hide the compiled core from this process and from the processes that it starts."""
    patch.setenv(native.NATIVE_VARIABLE, "0")
    patch.setattr(native, "core", None)
