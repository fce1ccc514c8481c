"""Starting the library or the command imports no heavy library."""

import subprocess
import sys

import pytest


def modules_after(code: str) -> set[str]:
    script = f"{code}\nimport sys; print(' '.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    )
    return {name.split(".")[0] for name in done.stdout.split()}


@pytest.mark.parametrize(
    "code",
    [
        "import dedup; dedup.clean('One line.\\nAnd two.\\n' * 3)",
        "import dedup.cli.main",
    ],
)
def test_start_up_imports_nothing_heavy(code: str) -> None:
    heavy = {"scipy", "datasketch", "rich", "pyarrow", "pandas", "asyncio", "email"}
    assert not modules_after(code) & heavy
