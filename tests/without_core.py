"""Run by the specification in numpy where the compiled core would be taken."""

import re
from importlib import import_module
from pathlib import Path

import pytest

import dedup
from dedup.arrays import native

# A module takes the core when it is imported, so it is to be imported before the core is left out.
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
    """Do without the compiled core, here and in processes that are started."""
    patch.setenv(native.NATIVE_VARIABLE, "0")
    patch.setattr(native, "core", None)
