"""Places by latitude and longitude, in degrees: how far, in which direction, inside of what."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from ropeway.transforms.catalogue.base import Input, State, Transform
from ropeway.transforms.errors import DeclarationError, SchemaError
from ropeway.transforms.expressions.kinds import kind_of
from ropeway.transforms.program import Builder, Value

__all__ = [
    "Bearing",
    "DistanceToPoints",
    "GeoDistanceFeatures",
    "NearestAnchor",
    "PointInBox",
    "PointInPolygon",
    "Speed",
    "UnitSphere",
]

Unit = Literal["km", "miles", "meters", "feet"]
Place = tuple[float, float]

#: of a sphere with the earth's mean radius, as feature_engine has it
RADIUS: dict[str, float] = {"km": 6371.0, "miles": 3958.8, "meters": 6_371_000.0, "feet": 20_902_231.0}
#: of a degree of a great circle, as feature_engine has it
_KM_PER_DEGREE = 111.0


@dataclass(frozen=True, repr=False)
class OfPlaces(Transform):
    """What transforms of places share: which columns they take, and that no latitude is beyond the poles."""

    def _columns(self, inputs: Sequence[Input], *wanted: str) -> None:
        """Raise `SchemaError` unless there are as many columns as these."""
        if len(inputs) != len(wanted):
            raise SchemaError(
                f"{self!r} takes {len(wanted)} columns, in this order: {', '.join(wanted)}; got {len(inputs)}: "
                f"{', '.join(one.name for one in inputs)}."
            )

    def _places(self, given: Sequence[object]) -> None:
        """Raise `DeclarationError` for what is no place."""
        for one in given:
            if not is_place(one):
                raise DeclarationError(
                    f"{type(self).__name__}: {one!r} is no place. Give (latitude, longitude) in degrees, with a "
                    f"latitude from -90 to 90."
                )


def is_place(given: object) -> bool:
    """Whether it is a latitude and a longitude."""
    return (
        isinstance(given, tuple | list)
        and len(given) == 2
        and all(isinstance(one, int | float) and math.isfinite(one) for one in given)
        and abs(given[0]) <= 90
    )


def latitude(made: Builder, value: Value) -> Value:
    """A latitude, which is refused beyond the poles."""
    code, inside = made.emit("ranged", [made.number(value)], outputs=2, floats=[-90.0, 90.0])
    made.require(code, made.number(value), "a latitude lies from -90 to 90 degrees. Is it the longitude?")
    return inside


def joined(names: Sequence[str], what: str) -> str:
    """The name of an output of some columns."""
    return "_".join([*names, what])


@dataclass(frozen=True, repr=False)
class GeoDistanceFeatures(OfPlaces):
    """How far two places are apart; of the columns latitude, longitude, latitude, longitude. Called "geo_distance".

    method: "haversine" is the great circle on a sphere, "euclidean" and "manhattan" take a degree as 111 km in every
    direction, also near the poles and across the 180th meridian, where they are far off. Missing where one of the four
    is; a latitude beyond the poles is a `DataError`, unless `validate_ranges` is off; then it is missing.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"a": [0.0, 0.0], "b": [179.5, 0.0], "c": [0.0, 0.0], "d": [-179.5, 1.0]})
    >>> p = rw.Pipeline("p")["a", "b", "c", "d"] >> T.GeoDistanceFeatures()
    >>> p.fit(frame).transform(frame)["geo_distance"].round(1).tolist()
    [111.2, 111.2]
    """

    method: Literal["haversine", "euclidean", "manhattan"] = "haversine"
    output_unit: Unit = "km"
    validate_ranges: bool = True
    oracle = "feature_engine.creation.GeoDistanceFeatures"

    def __post_init__(self) -> None:
        self._one_of("method", "haversine", "euclidean", "manhattan")
        self._one_of("output_unit", *RADIUS)
        self._one_of("validate_ranges", True, False)

    def check(self, inputs: Sequence[Input]) -> None:
        super().check(inputs)
        self._columns(inputs, "latitude", "longitude", "latitude", "longitude")

    def names(self, inputs: Sequence[str], states: Sequence[State]) -> Sequence[str]:
        return ["geo_distance"]

    def build(self, made: Builder, inputs: Sequence[Value], states: Sequence[State]) -> Sequence[Value]:
        lat1, lon1, lat2, lon2 = inputs
        if self.validate_ranges:
            lat1, lat2 = latitude(made, lat1), latitude(made, lat2)
        else:
            lat1, lat2 = (
                made.emit("ranged", [made.number(one)], outputs=2, floats=[-90.0, 90.0])[1] for one in (lat1, lat2)
            )
        radius = RADIUS[self.output_unit]
        places = [lat1, made.number(lon1), lat2, made.number(lon2)]
        if self.method == "haversine":
            return made.emit("haversine", places, floats=[radius], together=True)
        north = made.emit("subtract", [places[2], places[0]])[0]
        east = made.emit("subtract", [places[3], places[1]])[0]
        if self.method == "euclidean":
            sides = [made.unary("square", made.scaled(one, _KM_PER_DEGREE, 0.0)) for one in (north, east)]
            apart = made.unary("sqrt", made.emit("add", sides)[0])
        else:
            sides = [made.unary("abs", one) for one in (north, east)]
            apart = made.scaled(made.emit("add", sides)[0], _KM_PER_DEGREE, 0.0)
        return [made.scaled(apart, radius / RADIUS["km"], 0.0)]


@dataclass(frozen=True, repr=False)
class Bearing(OfPlaces):
    """In which direction the great circle from one place to another starts: degrees from north, clockwise, below 360.

    Of the columns latitude, longitude, latitude, longitude. Missing where both are one place, where there is none;
    `DataError` for a latitude beyond the poles. The output is called "bearing".

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame([[0, 0, 0, 1], [40.6, -73.8, 51.5, -0.5], [1, 1, 1, 1]], columns=["a", "b", "c", "d"])
    >>> p = rw.Pipeline("p")["a", "b", "c", "d"] >> T.Bearing()
    >>> p.fit(frame).transform(frame)["bearing"].round(1).tolist()
    [90.0, 51.3, nan]
    """

    oracle = "own reference"

    def check(self, inputs: Sequence[Input]) -> None:
        super().check(inputs)
        self._columns(inputs, "latitude", "longitude", "latitude", "longitude")

    def names(self, inputs: Sequence[str], states: Sequence[State]) -> Sequence[str]:
        return ["bearing"]

    def build(self, made: Builder, inputs: Sequence[Value], states: Sequence[State]) -> Sequence[Value]:
        lat1, lon1, lat2, lon2 = inputs
        places = [latitude(made, lat1), made.number(lon1), latitude(made, lat2), made.number(lon2)]
        return made.emit("bearing", places, together=True)


@dataclass(frozen=True, repr=False)
class Speed(OfPlaces):
    """How fast one gets from one place to another: the great circle over the time, in `unit` per hour.

    Of the columns latitude, longitude, time, latitude, longitude, time. The order of the two times does not matter;
    missing where they are equal. Called "speed". A million over the fastest airliner is a broken clock or position.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> at, then = pd.to_datetime(["2013-01-01 10:00"]), pd.to_datetime(["2013-01-01 12:00"])
    >>> frame = pd.DataFrame({"a": [0.0], "b": [0.0], "at": at, "c": [0.0], "d": [9.0], "then": then})
    >>> p = rw.Pipeline("p")["a", "b", "at", "c", "d", "then"] >> T.Speed()
    >>> p.fit(frame).transform(frame)["speed"].round(1).tolist()
    [500.4]
    """

    takes = "any"
    unit: Unit = "km"
    oracle = "own reference"

    def __post_init__(self) -> None:
        self._one_of("unit", *RADIUS)

    def check(self, inputs: Sequence[Input]) -> None:
        self._columns(inputs, "latitude", "longitude", "time", "latitude", "longitude", "time")
        for at, one in enumerate(inputs):
            kind = kind_of(one.type)
            wanted = ("timestamp", "date") if at in (2, 5) else ("int", "float", "decimal", "bool", "null")
            if kind not in wanted:
                what = "an instant or a date" if at in (2, 5) else "numbers"
                raise SchemaError(f"{self!r} of column {one.name!r}: expected {what}, got {one.type}.")

    def names(self, inputs: Sequence[str], states: Sequence[State]) -> Sequence[str]:
        return ["speed"]

    def build(self, made: Builder, inputs: Sequence[Value], states: Sequence[State]) -> Sequence[Value]:
        lat1, lon1, at, lat2, lon2, then = inputs
        places = [latitude(made, lat1), made.number(lon1), latitude(made, lat2), made.number(lon2)]
        far = made.emit("haversine", places, floats=[RADIUS[self.unit]], together=True)[0]
        # microseconds are exact in floats up to the year 2255
        times = [made.emit("to_float", [made.integer(one)])[0] for one in (then, at)]
        hours = made.standard(made.unary("abs", made.emit("subtract", times)[0]), 0.0, 3.6e9)
        return made.emit("divide", [far, hours])


@dataclass(frozen=True, repr=False)
class UnitSphere(OfPlaces):
    """Latitude and longitude as a point of the unit sphere, whose distances know no poles and no 180th meridian.

    Three outputs, {lat}_{lon}_x to the 0th meridian, _y to 90 degrees east, _z to the north. Missing where one of both
    is; `DataError` for a latitude beyond the poles.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"lat": [0.0, 90.0], "lon": [180.0, 5.0]})
    >>> (rw.Pipeline("p")["lat", "lon"] >> T.UnitSphere()).fit(frame).transform(frame).round(6).to_numpy().tolist()
    [[-1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
    """

    oracle = "numpy"

    def check(self, inputs: Sequence[Input]) -> None:
        super().check(inputs)
        self._columns(inputs, "latitude", "longitude")

    def names(self, inputs: Sequence[str], states: Sequence[State]) -> Sequence[str]:
        return [joined(inputs, axis) for axis in "xyz"]

    def build(self, made: Builder, inputs: Sequence[Value], states: Sequence[State]) -> Sequence[Value]:
        lat = made.unary("radians", latitude(made, inputs[0]))
        lon = made.unary("radians", inputs[1])
        flat = made.unary("cos", lat)
        x = made.emit("multiply", [flat, made.unary("cos", lon)])[0]
        y = made.emit("multiply", [flat, made.unary("sin", lon)])[0]
        # missing where the longitude is, as the others are
        up = made.unary("sin", lat)
        z = made.emit("choose", [made.emit("is_present", [lon])[0], up, made.emit("constant", [], floats=[np.nan])[0]])
        return [x, y, z[0]]


@dataclass(frozen=True, repr=False)
class PointInBox(OfPlaces):
    """1 where a place, of the columns latitude and longitude, lies in a box or on its edge, else 0.

    west > east: the box goes across the 180th meridian. Longitudes are taken as they are written: 190 is not -170.
    The output is {lat}_{lon}_in_box.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"lat": [-18.0, -18.0, None], "lon": [178.0, 0.0, 0.0]})
    >>> fiji = T.PointInBox(south=-21, west=176, north=-12, east=-178)
    >>> (rw.Pipeline("p")["lat", "lon"] >> fiji).fit(frame).transform(frame)["lat_lon_in_box"].tolist()
    [1.0, 0.0, nan]
    """

    south: float = -90.0
    west: float = -180.0
    north: float = 90.0
    east: float = 180.0
    oracle = "numpy"

    def __post_init__(self) -> None:
        self._places([(self.south, self.west), (self.north, self.east)])
        if not self.south <= self.north:
            raise DeclarationError(f"{self!r}: expected south <= north, got {self.south!r} and {self.north!r}.")

    def check(self, inputs: Sequence[Input]) -> None:
        super().check(inputs)
        self._columns(inputs, "latitude", "longitude")

    def names(self, inputs: Sequence[str], states: Sequence[State]) -> Sequence[str]:
        return [joined(inputs, "in_box")]

    def build(self, made: Builder, inputs: Sequence[Value], states: Sequence[State]) -> Sequence[Value]:
        lat, lon = (made.number(one) for one in inputs)

        def bound(value: float) -> Value:
            return made.emit("constant", [], floats=[value])[0]

        def below(one: Value, other: Value) -> Value:
            return made.emit("less_equal", [one, other])[0]

        upright = made.emit("multiply", [below(bound(self.south), lat), below(lat, bound(self.north))])[0]
        sides = [below(bound(self.west), lon), below(lon, bound(self.east))]
        across = made.emit("multiply" if self.west <= self.east else "greatest", sides)[0]
        return made.emit("multiply", [upright, across])


@dataclass(frozen=True, repr=False)
class PointInPolygon(OfPlaces):
    """1 where a place, of the columns latitude and longitude, lies in a polygon, else 0; one output per polygon.

    polygons: each a tuple of three or more (latitude, longitude), closed by itself, straight in degrees (none goes
    across the 180th meridian: cut it there); it is inside where an odd number of edges lies to the east, so that a
    polygon that crosses itself has holes. A place on an edge is in the polygon to its north or east: it is in one of
    two that share the edge, never in both. labels: of the outputs, behind {lat}_{lon}_in_; else their numbers.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> west, east = ((0, 0), (0, 1), (1, 1), (1, 0)), ((0, 1), (0, 2), (1, 2), (1, 1))
    >>> frame = pd.DataFrame({"lat": [0.5, 0.5, None], "lon": [0.2, 1.0, 1.0]})
    >>> inside = T.PointInPolygon(polygons=(west, east), labels=("west", "east"))
    >>> (rw.Pipeline("p")["lat", "lon"] >> inside).fit(frame).transform(frame).to_dict("list")
    {'lat_lon_in_west': [1.0, 0.0, nan], 'lat_lon_in_east': [0.0, 1.0, nan]}
    """

    polygons: tuple[tuple[Place, ...], ...] = ()
    labels: tuple[str, ...] | None = None
    oracle = "matplotlib.path.Path"

    def __post_init__(self) -> None:
        given: Any = self.polygons
        if not isinstance(given, tuple | list) or not given or any(not isinstance(one, tuple | list) for one in given):
            raise DeclarationError(
                "PointInPolygon(polygons=...): expected a tuple of polygons, each a tuple of (latitude, longitude)."
            )
        object.__setattr__(self, "polygons", tuple(tuple(_pair(p) for p in one) for one in given))
        for one in self.polygons:
            self._places(one)
            if len(set(one)) < 3:
                raise DeclarationError(f"PointInPolygon: {one!r} is no polygon: it has fewer than three corners.")
        if self.labels is not None and (
            len(self.labels) != len(self.polygons) or len(set(self.labels)) < len(self.labels)
        ):
            raise DeclarationError(
                f"PointInPolygon(labels={self.labels!r}): expected a different one for each of "
                f"{len(self.polygons)} polygons."
            )

    def check(self, inputs: Sequence[Input]) -> None:
        super().check(inputs)
        self._columns(inputs, "latitude", "longitude")

    def names(self, inputs: Sequence[str], states: Sequence[State]) -> Sequence[str]:
        labels = self.labels if self.labels is not None else range(len(self.polygons))
        return [joined(inputs, f"in_{label}") for label in labels]

    def build(self, made: Builder, inputs: Sequence[Value], states: Sequence[State]) -> Sequence[Value]:
        place = [made.number(one) for one in inputs]
        outputs = []
        for polygon in self.polygons:
            edges = [(*min(one, other), *max(one, other)) for one, other in _edges(polygon)]
            rising = [edge for edge in edges if edge[0] != edge[2]]
            outputs += made.emit("in_polygon", place, floats=np.array(rising), count=len(rising))
        return outputs


def _pair(given: Any) -> Any:
    return (float(given[0]), float(given[1])) if is_place(given) else given


def _edges(polygon: Sequence[Place]) -> list[tuple[Place, Place]]:
    return list(zip(polygon, [*polygon[1:], polygon[0]], strict=True))


@dataclass(frozen=True, repr=False)
class NearestAnchor(OfPlaces):
    """Which of some places is nearest on the sphere, by its number from 0, and how far it is.

    Of the columns latitude and longitude; outputs {lat}_{lon}_nearest and {lat}_{lon}_distance. Of two that are
    equally near the first one counts. Each row looks at all anchors, which is fast for some thousands.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"lat": [40.0, 0.0], "lon": [-74.0, 179.0]})
    >>> near = T.NearestAnchor(anchors=((40.64, -73.78), (-17.76, -179.5)))
    >>> (rw.Pipeline("p")["lat", "lon"] >> near).fit(frame).transform(frame).round(1).to_numpy().tolist()
    [[0.0, 73.6], [1.0, 1981.6]]
    """

    anchors: tuple[Place, ...] = ()
    unit: Unit = "km"
    oracle = "sklearn.neighbors.BallTree"

    def __post_init__(self) -> None:
        _check_anchors(self)
        self._one_of("unit", *RADIUS)

    def check(self, inputs: Sequence[Input]) -> None:
        super().check(inputs)
        self._columns(inputs, "latitude", "longitude")

    def names(self, inputs: Sequence[str], states: Sequence[State]) -> Sequence[str]:
        return [joined(inputs, "nearest"), joined(inputs, "distance")]

    def build(self, made: Builder, inputs: Sequence[Value], states: Sequence[State]) -> Sequence[Value]:
        points = []
        for lat, lon in self.anchors:
            # the C library's functions, as the instruction calls them: what is at an anchor is at distance 0 of it
            up, round_ = lat * (math.pi / 180.0), lon * (math.pi / 180.0)
            points += [math.cos(up) * math.cos(round_), math.cos(up) * math.sin(round_), math.sin(up)]
        floats = [RADIUS[self.unit], *points, *(one for place in self.anchors for one in place)]
        place = [latitude(made, inputs[0]), made.number(inputs[1])]
        return made.emit("nearest", place, outputs=2, floats=floats, count=len(self.anchors))


@dataclass(frozen=True, repr=False)
class DistanceToPoints(OfPlaces):
    """How far each of some places is, one output per place, by the great circle: {lat}_{lon}_to_{number from 0}.

    Of the columns latitude and longitude.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"lat": [0.0], "lon": [179.0]})
    >>> far = T.DistanceToPoints(anchors=((0, 0), (0, -179)), unit="miles")
    >>> (rw.Pipeline("p")["lat", "lon"] >> far).fit(frame).transform(frame).round(0).to_dict("list")
    {'lat_lon_to_0': [12368.0], 'lat_lon_to_1': [138.0]}
    """

    anchors: tuple[Place, ...] = ()
    unit: Unit = "km"
    oracle = "sklearn.metrics.pairwise.haversine_distances"

    def __post_init__(self) -> None:
        _check_anchors(self)
        self._one_of("unit", *RADIUS)

    def check(self, inputs: Sequence[Input]) -> None:
        super().check(inputs)
        self._columns(inputs, "latitude", "longitude")

    def names(self, inputs: Sequence[str], states: Sequence[State]) -> Sequence[str]:
        return [joined(inputs, f"to_{at}") for at in range(len(self.anchors))]

    def build(self, made: Builder, inputs: Sequence[Value], states: Sequence[State]) -> Sequence[Value]:
        here = [latitude(made, inputs[0]), made.number(inputs[1])]
        outputs = []
        for place in self.anchors:
            there = [made.emit("constant", [], floats=[one])[0] for one in place]
            outputs += made.emit("haversine", [*here, *there], floats=[RADIUS[self.unit]], together=True)
        return outputs


def _check_anchors(transform: Any) -> None:
    given = transform.anchors
    if not isinstance(given, tuple | list) or not given:
        raise DeclarationError(
            f"{type(transform).__name__}(anchors={given!r}): expected one (latitude, longitude) or more."
        )
    object.__setattr__(transform, "anchors", tuple(_pair(one) for one in given))
    transform._places(transform.anchors)  # noqa: SLF001  it is the transform's own
