"""Run tests on the package that PYTHONPATH names, not on the one that is installed as editable."""

import sys
from pathlib import Path

import pytest

sys.meta_path[:] = [one for one in sys.meta_path if "editable" not in type(one).__module__]
import dedup  # noqa: E402  found on the path now

print(f"testing {Path(dedup.__file__).parent}")  # noqa: T201
sys.exit(pytest.main(["-q", "-p", "no:randomly", *sys.argv[1:]]))
