"""Writes requirements.lock, and requirements-torch.lock in agreement with it, for every Python from 3.11 to 3.13.

Versions that the locks name stay as they are where they still fit; --upgrade takes the newest.
"""

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
APART = ["torch"]  # several GB: in a lock of its own, which is installed beside the first


def compile_lock(target: str, extras: list[str], *options: str) -> None:
    """Writes the lock `target`, of the core and these extras."""
    command = [
        *(sys.executable, "-m", "uv", "pip", "compile", "pyproject.toml", "--universal", "--python-version", "3.11"),
        *(word for extra in extras for word in ("--extra", extra)),
        *("--no-emit-index-url", "--no-emit-find-links"),
        *options,
        *("-o", target),
    ]
    subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, check=True)


def main(options: list[str]) -> None:
    """Writes both locks."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    compile_lock("requirements.lock", [extra for extra in extras if extra not in APART], *options)
    compile_lock("requirements-torch.lock", APART, "--constraints", "requirements.lock", *options)


if __name__ == "__main__":
    main(sys.argv[1:])
