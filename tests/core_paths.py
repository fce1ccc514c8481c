"""Run by the specification in numpy where the compiled core would be taken."""

import pytest

from dedup import native

needs_core = pytest.mark.skipif(
    native.core is None, reason="dedup was built without its compiled core"
)


def leave_out_core(patch: pytest.MonkeyPatch) -> None:
    """Do without the compiled core, here and in processes that are started."""
    patch.setenv(native.VARIABLE, "0")
    patch.setattr(native, "core", None)
