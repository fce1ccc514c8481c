"""Run tests on the package that PYTHONPATH names, not on the editable install."""

import sys
from pathlib import Path

import pytest

sys.meta_path[:] = [finder for finder in sys.meta_path if "editable" not in type(finder).__module__]
import dedup  # noqa: E402  now found by PYTHONPATH

print(f"testing {Path(dedup.__file__).parent}")
sys.exit(pytest.main(["-q", "-p", "no:randomly", *sys.argv[1:]]))
