"""Run by the specification in numpy where the compiled core would be taken."""

import sys

import pytest

import dedup
from dedup import native


def leave_out_core(patch: pytest.MonkeyPatch) -> None:
    """Let every module of the package do without the compiled core."""
    patch.setenv(native.VARIABLE, "0")
    for name in dedup.__all__:
        getattr(dedup, name)  # a module that is imported later would do without it for good
    for name, module in list(sys.modules.items()):
        if name.startswith("dedup.") and getattr(module, "core", None) is not None:
            patch.setattr(module, "core", None)
