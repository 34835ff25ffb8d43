"""Places as cells of a grid: categories that near places share."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from ropeway.transforms.catalogue.base import Input, State
from ropeway.transforms.catalogue.places import OfPlaces, joined, latitude
from ropeway.transforms.errors import DeclarationError
from ropeway.transforms.program import Builder, Value

__all__ = ["Geohash", "GridCell", "QuadKey"]

_LETTERS = "0123456789bcdefghjkmnpqrstuvwxyz"


@dataclass(frozen=True)
class _Digits:
    """An integer as so many digits of some bits each, the first one first, as text."""

    letters: str
    bits: int
    size: int
    types = (pa.string(),)

    def columns(self, arrays: Sequence[pa.Array]) -> Sequence[pa.Array]:
        (array,) = arrays
        numbers = array.fill_null(0).to_numpy(zero_copy_only=False)
        shifts = self.bits * np.arange(self.size - 1, -1, -1)
        digits = (numbers[:, None] >> shifts) & ((1 << self.bits) - 1)
        text = np.frombuffer(self.letters.encode(), np.uint8)[digits]
        offsets = np.arange(len(numbers) + 1, dtype=np.int32) * self.size
        valid = array.is_valid()
        made = pa.StringArray.from_buffers(len(numbers), pa.py_buffer(offsets), pa.py_buffer(text.tobytes()))
        return (made if not array.null_count else pa.compute.if_else(valid, made, pa.scalar(None, pa.string())),)

    def row(self, *values: Any) -> Sequence[Any]:
        (value,) = values
        if value is None:
            return (None,)
        mask = (1 << self.bits) - 1
        places = range(self.bits * (self.size - 1), -1, -self.bits)
        return ("".join(self.letters[(value >> place) & mask] for place in places),)


@dataclass(frozen=True, repr=False)
class _Cells(OfPlaces):
    """What cells share: a latitude and a longitude."""

    def check(self, inputs: Sequence[Input]) -> None:
        super().check(inputs)
        self._columns(inputs, "latitude", "longitude")


@dataclass(frozen=True, repr=False)
class Geohash(_Cells):
    """The geohash of a latitude and a longitude: text of `precision` letters, of which the first ones are larger cells.

    output: "text", or "number", the same cell as an integer of 5 bits per letter. A place on a border belongs to the
    cell to its north or east; longitudes are taken round the earth: 190 is -170. Two places side by side may share no
    letter, if a large border runs between them. Called {lat}_{lon}_geohash; cells and letters after Niemeyer (2008).

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"lat": [57.64911, 0.0, -1e-9, None], "lon": [10.40744, 0.0, -1e-9, 0.0]})
    >>> (rw.Pipeline("p")["lat", "lon"] >> T.Geohash(precision=6)).fit(frame).transform(frame).iloc[:, 0].tolist()
    ['u4pruy', 's00000', '7zzzzz', None]
    """

    precision: int = 7
    output: Literal["text", "number"] = "text"
    oracle = "own reference"

    def __post_init__(self) -> None:
        self._one_of("precision", *range(1, 13))
        self._one_of("output", "text", "number")

    def names(self, inputs: Sequence[str], states: Sequence[State]) -> Sequence[str]:
        return [joined(inputs, "geohash")]

    def build(self, made: Builder, inputs: Sequence[Value], states: Sequence[State]) -> Sequence[Value]:
        place = [latitude(made, inputs[0]), made.number(inputs[1])]
        cell = made.emit("geohash", place, more=5 * self.precision, into=pa.int64())
        return cell if self.output == "number" else made.call(_Digits(_LETTERS, 5, self.precision), cell)


@dataclass(frozen=True, repr=False)
class QuadKey(_Cells):
    """The tile of a web map (Web Mercator) at a zoom: as text of `zoom` digits from 0 to 3, numbered as Bing does.

    output: "text", "number" (the key as an integer of 2 bits per digit), or "tile", its x and y as slippy maps number
    them. Beyond 85.05 degrees, where the map ends, a place is in the last tile. Called {lat}_{lon}_quadkey, or
    {lat}_{lon}_x and _y.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"lat": [40.64, 89.9], "lon": [-73.78, 180.0]})
    >>> (rw.Pipeline("p")["lat", "lon"] >> T.QuadKey(zoom=5)).fit(frame).transform(frame).iloc[:, 0].tolist()
    ['03201', '00000']
    """

    zoom: int = 12
    output: Literal["text", "number", "tile"] = "text"
    oracle = "own reference"

    def __post_init__(self) -> None:
        self._one_of("zoom", *range(1, 31))
        self._one_of("output", "text", "number", "tile")

    def names(self, inputs: Sequence[str], states: Sequence[State]) -> Sequence[str]:
        return [joined(inputs, one) for one in (("x", "y") if self.output == "tile" else ("quadkey",))]

    def build(self, made: Builder, inputs: Sequence[Value], states: Sequence[State]) -> Sequence[Value]:
        place = [latitude(made, inputs[0]), made.number(inputs[1])]
        x, y, key = made.emit("tile", place, outputs=3, more=self.zoom, into=pa.int64())
        if self.output == "tile":
            return [x, y]
        return [key] if self.output == "number" else made.call(_Digits("0123", 2, self.zoom), [key])


@dataclass(frozen=True, repr=False)
class GridCell(_Cells):
    """The number of a cell of a grid of so many degrees, row by row from the south-west corner of the map.

    size: degrees, or (degrees of latitude, of longitude): the side of a cell. A place on a border belongs to the cell
    to its north or east. Longitudes are taken as they are: from -180 to 180. Called {lat}_{lon}_cell; a number with a
    meaning for neighbours only along a row: encode it as a category.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"lat": [-90.0, 0.0, -0.1], "lon": [-180.0, 0.0, -0.1]})
    >>> (rw.Pipeline("p")["lat", "lon"] >> T.GridCell(size=90)).fit(frame).transform(frame).iloc[:, 0].tolist()
    [0.0, 6.0, 1.0]
    """

    size: float | tuple[float, float] = 0.1
    oracle = "own reference"

    def __post_init__(self) -> None:
        given: Any = self.size if isinstance(self.size, tuple | list) else (self.size, self.size)
        fine = len(given) == 2 and all(
            isinstance(one, int | float) and not isinstance(one, bool) and 1e-6 <= one <= 360 for one in given
        )
        if not fine:
            raise DeclarationError(
                f"GridCell(size={self.size!r}): expected degrees from 1e-6 to 360, or two of them: of latitude and of "
                f"longitude."
            )

    def names(self, inputs: Sequence[str], states: Sequence[State]) -> Sequence[str]:
        return [joined(inputs, "cell")]

    def build(self, made: Builder, inputs: Sequence[Value], states: Sequence[State]) -> Sequence[Value]:
        high, wide = self.size if isinstance(self.size, tuple) else (self.size, self.size)
        # counted from the equator and the 0th meridian, since a shift by 90 degrees would round
        rows = [latitude(made, inputs[0]), made.emit("constant", [], floats=[high])[0]]
        columns = [made.number(inputs[1]), made.emit("constant", [], floats=[wide])[0]]
        south, west = math.ceil(90.0 / high), math.ceil(180.0 / wide)
        row = made.scaled(made.binary("floor_divide", *rows), 2.0 * west, south * 2.0 * west)
        column = made.scaled(made.binary("floor_divide", *columns), 1.0, float(west))
        return made.emit("add", [row, column])
