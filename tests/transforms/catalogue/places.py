"""Cases of places."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from ropeway import transforms as T
from tests.transforms.catalogue.cases import Case

PLACE = ("lat", "lon")
TWO = ("lat", "lon", "lat2", "lon2")
ANCHORS = ((40.64, -73.78), (51.5, -0.5), (-33.9, 151.2), (0.0, 180.0))
#: a square with a dent, and a triangle on the other half of the earth
DENTED = ((-40, -100), (60, -100), (60, 100), (10, 0), (-40, 100))
POLYGONS = (DENTED, ((-80.5, 20), (-10.5, 20), (-45.5, 170)))


def with_holes(frame: pd.DataFrame) -> pd.DataFrame:
    """Some rows without a latitude or a longitude, and some on what is special."""
    frame.loc[frame.index[3], "lat"] = None
    frame.loc[frame.index[4], "lon"] = None
    frame.loc[frame.index[20:26], "lat"] = [90.0, -90.0, 0.0, -0.0, 60.0, -1e-12]
    frame.loc[frame.index[20:26], "lon"] = [180.0, -180.0, 0.0, -0.0, -100.0, -1e-12]
    return frame


def feature_engine(**parameters: Any) -> Callable[..., Any]:
    """What feature_engine says of the rows that are whole."""

    def expected(fit: pd.DataFrame, apply: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
        from feature_engine.creation import GeoDistanceFeatures

        lat1, lon1, lat2, lon2 = columns
        whole = apply[columns].notna().all(axis=1)
        made = (
            GeoDistanceFeatures(lat1, lon1, lat2, lon2, **parameters)
            .fit(fit[columns].dropna())
            .transform(apply.loc[whole, columns])
        )
        return pd.DataFrame(made[["geo_distance"]].reindex(apply.index))

    return expected


def by_row(function: Callable[..., Any], *names: str) -> Callable[..., Any]:
    """What a function of a row says, nothing where a value is missing."""

    def expected(fit: pd.DataFrame, apply: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
        rows = [
            (None,) * len(names) if any(pd.isna(one) for one in row) else function(*row)
            for row in apply[columns].itertuples(index=False)
        ]
        return pd.DataFrame(rows, columns=list(names))

    return expected


def great_circle(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """By vectors, whose cross and dot products keep their digits near and far."""
    one, other = unit(lat1, lon1), unit(lat2, lon2)
    return 6371.0 * math.atan2(float(np.linalg.norm(np.cross(one, other))), float(np.dot(one, other)))


def unit(lat: float, lon: float) -> tuple[float, float, float]:
    lat, lon = math.radians(lat), math.radians(lon)
    return math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)


def bearing(lat1: float, lon1: float, lat2: float, lon2: float) -> tuple[float]:
    """The angle between north and the way to the other place, in the plane that touches the sphere."""
    here, there = np.array(unit(lat1, lon1)), np.array(unit(lat2, lon2))
    east = np.array([-math.sin(math.radians(lon1)), math.cos(math.radians(lon1)), 0.0])
    north = np.cross(here, east)
    return (math.degrees(math.atan2(there @ east, there @ north)) % 360,)


def speed(lat1: float, lon1: float, at: pd.Timestamp, lat2: float, lon2: float, then: pd.Timestamp) -> tuple[float]:
    return (great_circle(lat1, lon1, lat2, lon2) / abs((then - at).total_seconds() / 3600),)


def in_polygons(lat: float, lon: float) -> tuple[float, ...]:
    """By the angles under which the edges are seen: they add up to a whole turn from inside, to none from outside."""
    made = []
    for polygon in POLYGONS:
        turn = 0.0
        for (y1, x1), (y2, x2) in zip(polygon, [*polygon[1:], polygon[0]], strict=True):
            one, other = complex(x1 - lon, y1 - lat), complex(x2 - lon, y2 - lat)
            turn += math.atan2((one.conjugate() * other).imag, (one.conjugate() * other).real)
        made.append(float(abs(turn) > math.pi))
    return tuple(made)


def in_box(fit: pd.DataFrame, apply: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    lat, lon = apply["lat"], apply["lon"]
    inside = ((lat >= -50) & (lat <= 60) & ((lon >= 100) | (lon <= -100))).astype(float)
    return pd.DataFrame({"lat_lon_in_box": inside.where(lat.notna() & lon.notna())})


def nearest(fit: pd.DataFrame, apply: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    from sklearn.neighbors import BallTree

    tree = BallTree(np.radians(ANCHORS), metric="haversine")
    whole = apply[columns].notna().all(axis=1)
    far, which = tree.query(np.radians(apply.loc[whole, columns]))
    made = pd.DataFrame({"lat_lon_nearest": which[:, 0].astype(float), "lat_lon_distance": far[:, 0] * 6371.0})
    made.index = apply.index[whole]
    return made.reindex(apply.index)


def to_points(fit: pd.DataFrame, apply: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    from sklearn.metrics.pairwise import haversine_distances

    whole = apply[columns].fillna(0.0)
    far = haversine_distances(np.radians(whole), np.radians(ANCHORS)) * 3958.8
    far[apply[columns].isna().any(axis=1)] = np.nan
    return pd.DataFrame(far, columns=[f"lat_lon_to_{at}" for at in range(len(ANCHORS))])


CASES = [
    Case(T.GeoDistanceFeatures(), TWO, feature_engine(), within=1e-8),
    Case(
        T.GeoDistanceFeatures(method="euclidean", output_unit="miles"), TWO,
        feature_engine(method="euclidean", output_unit="miles"), changed=with_holes,
    ),
    Case(
        T.GeoDistanceFeatures(method="manhattan", output_unit="feet", validate_ranges=False), TWO,
        feature_engine(method="manhattan", output_unit="feet"),
    ),
    Case(T.Bearing(), TWO, by_row(bearing, "bearing"), within=1e-9),
    Case(T.Speed(), ("lat", "lon", "at", "lat2", "lon2", "then"), by_row(speed, "speed"), within=1e-9),
    Case(
        T.UnitSphere(), PLACE, by_row(unit, "lat_lon_x", "lat_lon_y", "lat_lon_z"), within=1e-15, changed=with_holes
    ),
    Case(T.PointInBox(-50, 100, 60, -100), PLACE, in_box, ulps=0, changed=with_holes),
    Case(
        T.PointInPolygon(POLYGONS, labels=("dent", "south")), PLACE,
        by_row(in_polygons, "lat_lon_in_dent", "lat_lon_in_south"), ulps=0,
    ),
    # the oracle's arcs of 1e-8 lose half of their digits
    Case(T.NearestAnchor(ANCHORS), PLACE, nearest, within=1e-8, changed=with_holes),
    Case(T.DistanceToPoints(ANCHORS, unit="miles"), PLACE, to_points, within=1e-7),
]  # fmt: skip
