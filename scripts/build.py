"""Builds dist/ropeway-VERSION-py3-none-any.whl, and dist/ropeway.zip from it, for spark-submit --py-files.

The zip is the package of the wheel and nothing else: real folders where the repository has links, no tests.
The same sources give the same zip, byte for byte, so that executors which unpack it by its content find it again.
"""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def forget_earlier_builds() -> None:
    """setuptools puts into the wheel whatever an earlier build has left in build/."""
    shutil.rmtree(ROOT / "build", ignore_errors=True)
    for left in ROOT.glob("*.egg-info"):
        shutil.rmtree(left)


def build_wheel(folder: Path) -> Path:
    """The wheel, in `folder`, built by what is installed here, without network."""
    for old in folder.glob("ropeway-*.whl"):
        old.unlink()
    forget_earlier_builds()
    command: list[str | Path] = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{done.stdout}{done.stderr}\nbuild: no wheel; the words of setuptools stand above")
    forget_earlier_builds()
    (wheel,) = folder.glob("ropeway-*.whl")
    return wheel


def zip_package(wheel: Path, target: Path) -> None:
    """Writes the package in the wheel to the zip `target`."""
    with zipfile.ZipFile(wheel) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        for name in sorted(source.namelist()):
            if name.startswith("ropeway/"):
                entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
                entry.external_attr = 0o644 << 16
                entry.compress_type = zipfile.ZIP_DEFLATED
                made.writestr(entry, source.read(name))


def main() -> None:
    """Builds both into dist/."""
    folder = ROOT / "dist"
    folder.mkdir(exist_ok=True)
    wheel = build_wheel(folder)
    zip_package(wheel, folder / "ropeway.zip")
    for made in (wheel, folder / "ropeway.zip"):
        print(f"{made.relative_to(ROOT)}  {made.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
