"""The wide data: a shop's visits, orders, prices, deliveries and customers, and rows that ask about all of them.

    visits       800,000   customer, time, seq, seconds, pages, device
    orders       500,000   customer, product, shop, shelf, time, known, seq, amount, quantity, status
    prices       300,000   product, time, seq, price, promo
    deliveries   400,000   shop, time, known, seq, hours, items, carrier
    customers     50,000   customer, segment, city, born, credit, member      one row each, without a time
    queries      200,000   id, customer, product, shop, shelf, time

Keys are integers, but for product and shelf, which are strings; shelves are numbered within each shop. A tenth of the
values are null, and so is a hundredth of the products and shelves that are asked for. `known` is when a row became
known: orders after 6 hours in the mean, one in ten after 5 days more, deliveries after a day; so rows become known in
another order than they happened. `seq` is unique within its table and in no order. Rows are in no order.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from benchmarks.tables import DAY, HOME, Data, instants, staged, stamps, write

SIZES = {
    "visits": 800_000,
    "orders": 500_000,
    "prices": 300_000,
    "deliveries": 400_000,
    "customers": 50_000,
    "queries": 200_000,
}  # at scale 1
KEYS = {"customer": 50_000, "product": 5_000, "shop": 2_000}
SHELVES = 10  # of each shop
_DAYS, _ASKED_FROM = 180, 90  # all windows that are asked for lie within the days of the events
_NULL = 0.1

Random = np.random.Generator
_Numbers = npt.NDArray[np.int64]
Columns = dict[str, pa.Array]


def sizes(scale: float) -> dict[str, int]:
    """Rows by table.

    >>> sizes(0.001)["visits"]
    800
    """
    return {name: max(1, round(size * scale)) for name, size in SIZES.items()}


def make(scale: float, *, step: int = 1, home: Path = HOME) -> Data:
    """The data, written if it is not there; times are whole multiples of `step` microseconds."""
    data = Data(home / f"wide-{scale:g}-{step}")
    if not data.folder.exists():
        keys = {name: max(1, round(number * scale)) for name, number in KEYS.items()}
        with staged(data.folder) as stage:
            for salt, (name, rows) in enumerate(sizes(scale).items()):
                write(stage / name, rows, 2, _maker(name, keys, step), salt)
    return data


def _maker(name: str, keys: dict[str, int], step: int) -> Callable[[Random, _Numbers], pa.Table]:
    """Makes a part of the table of that name."""
    columns = _COLUMNS[name]

    def part(random: Random, numbers: _Numbers) -> pa.Table:
        return pa.table(columns(_Part(random, numbers, keys, step)))

    return part


class _Part:
    """Columns of one file."""

    def __init__(self, random: Random, numbers: _Numbers, keys: dict[str, int], step: int) -> None:
        self.random, self.numbers, self.keys, self.step = random, numbers, keys, step
        self.size = len(numbers)
        # an odd factor and 2^40 permute the numbers below it: unique, and in no order
        self.seq = pa.array(self.numbers * 0x9E3779B97 % 2**40)

    def customer(self) -> pa.Array:
        return pa.array(self._drawn("customer") * 7_919 + 10_000_019)

    def product(self, missing: float = 0.0) -> pa.Array:
        names = np.char.add("product-", self._drawn("product").astype(str))
        return self._with_nulls(names, missing)

    def shop(self) -> pa.Array:
        return pa.array(self._drawn("shop").astype(np.int32))

    def shelf(self, missing: float = 0.0) -> pa.Array:
        names = np.char.add("shelf-", self.random.integers(0, SHELVES, self.size).astype(str))
        return self._with_nulls(names, missing)

    def times(self, begin: int = 0) -> _Numbers:
        micros = instants(self.random, self.size, begin, (_DAYS - begin) * DAY, self.step).cast(pa.int64())
        return np.asarray(micros)

    def known(self, times: _Numbers, hours: float, often: float, days: float) -> pa.Array:
        """Some hours later, and of some rows, as `often` says, days later still."""
        late = self.random.exponential(hours / 24, self.size)
        late += np.where(self.random.random(self.size) < often, self.random.exponential(days, self.size), 0.0)
        return stamps(times + np.int64(self.step) * (late * DAY / self.step).astype(np.int64))

    def floats(self, mean: float, deviation: float) -> pa.Array:
        return self._with_nulls(self.random.normal(mean, deviation, self.size))

    def integers(self, low: int, high: int) -> pa.Array:
        return self._with_nulls(self.random.integers(low, high, self.size))

    def choice(self, *names: str) -> pa.Array:
        return self._with_nulls(np.asarray(names)[self.random.integers(0, len(names), self.size)])

    def flags(self) -> pa.Array:
        return self._with_nulls(self.random.random(self.size) < 0.5)

    def _drawn(self, key: str) -> _Numbers:
        return self.random.integers(0, self.keys[key], self.size)

    def _with_nulls(self, values: npt.NDArray[Any], share: float = _NULL) -> pa.Array:
        return pa.array(values, mask=self.random.random(self.size) < share)


def _visits(part: _Part) -> Columns:
    return {
        "customer": part.customer(),
        "time": stamps(part.times()),
        "seq": part.seq,
        "seconds": part.floats(60.0, 20.0),
        "pages": part.integers(1, 30),
        "device": part.choice("phone", "tablet", "desktop", "other"),
    }


def _orders(part: _Part) -> Columns:
    times = part.times()
    return {
        "customer": part.customer(),
        "product": part.product(),
        "shop": part.shop(),
        "shelf": part.shelf(),
        "time": stamps(times),
        "known": part.known(times, hours=6.0, often=0.1, days=5.0),
        "seq": part.seq,
        "amount": part.floats(80.0, 25.0),
        "quantity": part.integers(1, 9),
        "status": part.choice("paid", "shipped", "returned"),
    }


def _prices(part: _Part) -> Columns:
    return {
        "product": part.product(),
        "time": stamps(part.times()),
        "seq": part.seq,
        "price": part.floats(20.0, 4.0),
        "promo": part.choice("none", "sale", "bundle", "clearance"),
    }


def _deliveries(part: _Part) -> Columns:
    times = part.times()
    return {
        "shop": part.shop(),
        "time": stamps(times),
        "known": part.known(times, hours=24.0, often=0.0, days=1.0),
        "seq": part.seq,
        "hours": part.floats(30.0, 8.0),
        "items": part.integers(1, 500),
        "carrier": part.choice("ours", "theirs", "post"),
    }


def _customers(part: _Part) -> Columns:
    return {
        "customer": pa.array(part.numbers * 7_919 + 10_000_019),
        "segment": part.choice("new", "regular", "business"),
        "city": part.choice("Aachen", "Köln", "Łódź", "Zürich"),
        "born": part.integers(1930, 2010),
        "credit": part.floats(1_000.0, 200.0),
        "member": part.flags(),
    }


def _queries(part: _Part) -> Columns:
    return {
        "id": pa.array(part.numbers),
        "customer": part.customer(),
        "product": part.product(missing=0.01),
        "shop": part.shop(),
        "shelf": part.shelf(missing=0.01),
        "time": stamps(part.times(_ASKED_FROM)),
    }


_COLUMNS: dict[str, Callable[[_Part], Columns]] = {
    "visits": _visits,
    "orders": _orders,
    "prices": _prices,
    "deliveries": _deliveries,
    "customers": _customers,
    "queries": _queries,
}
