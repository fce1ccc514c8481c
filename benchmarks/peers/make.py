"""Create the virtual environments of the peers: ``python -m benchmarks.peers.make [NAME ...]``."""

import subprocess
import sys
from pathlib import Path

from benchmarks.peers.catalogue import AS_OF, ENVIRONMENTS, HOME

INSTALL = ("pip", "install", "--quiet", "--exclude-newer", AS_OF)


def make(name: str) -> bool:
    """Create one environment; return False if uv fails (uv prints why)."""
    environment, folder = ENVIRONMENTS[name], HOME / name
    uv = Path(sys.executable).with_name("uv")
    steps: list[list[str | Path]] = [
        [uv, "venv", "--quiet", "--allow-existing", "--python", environment.python, folder],
        [uv, *INSTALL, "--python", folder / "bin" / "python", *environment.requirements],
    ]
    made = all(subprocess.run(step, check=False).returncode == 0 for step in steps)
    print(f"{name}: {'ready' if made else 'failed'}")
    return made


if __name__ == "__main__":
    made = [make(name) for name in sys.argv[1:] or ENVIRONMENTS]  # try all, even after a failure
    sys.exit(not all(made))
