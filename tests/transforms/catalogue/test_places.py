"""What places and cells refuse, and edges of what they take."""

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

import ropeway as rw
from ropeway import transforms as T

PLACE = {"lat": [10.0], "lon": [20.0]}


def made(transform: Any, columns: dict[str, Any]) -> pd.DataFrame:
    frame = pd.DataFrame(columns)
    result: pd.DataFrame = (rw.Pipeline("p")[list(columns)] >> transform).fit(frame).transform(frame)
    return result


@pytest.mark.parametrize(
    ("declare", "message"),
    [
        (lambda: T.GeoDistanceFeatures(method="taxi"), r"method='taxi'\): expected 'haversine' or"),  # type: ignore[arg-type]
        (lambda: T.GeoDistanceFeatures(output_unit="yards"), "expected 'km' or"),  # type: ignore[arg-type]
        (lambda: T.Speed(unit="knots"), "expected 'km' or"),  # type: ignore[arg-type]
        (lambda: T.PointInBox(south=10, north=0), "expected south <= north"),
        (lambda: T.PointInBox(north=91), "is no place"),
        (T.PointInPolygon, "expected a tuple of polygons"),
        (lambda: T.PointInPolygon((((0, 0), (1, 1)),)), "fewer than three corners"),
        (lambda: T.PointInPolygon((((0, 0), (1, 1), (100, 0)),)), "is no place"),
        (lambda: T.PointInPolygon((((0, 0), (1, 1), (0, 1)),), labels=("a", "b")), "for each of 1 polygons"),
        (T.NearestAnchor, "expected one"),
        (lambda: T.NearestAnchor(((0, float("nan")),)), "is no place"),
        (lambda: T.DistanceToPoints(()), "expected one"),
        (lambda: T.Geohash(precision=13), "precision=13"),
        (lambda: T.Geohash(output="bits"), "expected 'text' or 'number'"),  # type: ignore[arg-type]
        (lambda: T.QuadKey(zoom=0), "zoom=0"),
        (lambda: T.GridCell(size=0), "expected degrees"),
        (lambda: T.GridCell(size=(1, 2, 3)), "expected degrees"),  # type: ignore[arg-type]
    ],
)
def test_what_makes_no_sense_is_refused_where_it_is_declared(declare: Any, message: str) -> None:
    with pytest.raises(rw.DeclarationError, match=message):
        declare()


def test_a_longitude_in_place_of_a_latitude_is_refused_on_both_paths() -> None:
    fitted = (rw.Pipeline("p")["lat", "lon"] >> T.Geohash()).fit(pd.DataFrame(PLACE))
    with pytest.raises(rw.DataError, match=r"1 of 2 rows hold -120\.5: a latitude lies from -90 to 90"):
        fitted.transform(pd.DataFrame({"lat": [-120.5, 0.0], "lon": [0.0, 0.0]}))
    with pytest.raises(rw.DataError, match=r"the row holds -120\.5: a latitude lies"):
        fitted.row().values({"lat": -120.5, "lon": 0.0})


def test_latitudes_beyond_the_poles_are_missing_where_ranges_are_not_looked_at() -> None:
    far = made(T.GeoDistanceFeatures(validate_ranges=False), {"a": [91.0], "b": [0.0], "c": [0.0], "d": [0.0]})
    assert math.isnan(far["geo_distance"][0])


@pytest.mark.parametrize("transform", [T.Geohash(), T.PointInBox(), T.NearestAnchor(((0, 0),)), T.UnitSphere()])
def test_other_columns_are_refused(transform: Any) -> None:
    with pytest.raises(rw.SchemaError, match=r"takes 2 columns, in this order: latitude, longitude; got 1: lat"):
        made(transform, {"lat": [1.0]})
    with pytest.raises(rw.SchemaError, match="column 'lat': expected numbers, got string"):
        made(transform, {"lat": ["1"], "lon": [1.0]})


def test_speed_takes_times_in_their_places() -> None:
    columns: dict[str, Any] = {name: [1.0] for name in ("a", "b", "t", "c", "d", "u")}
    with pytest.raises(rw.SchemaError, match="column 't': expected an instant or a date, got double"):
        made(T.Speed(), columns)
    with pytest.raises(rw.SchemaError, match="column 'a': expected numbers"):
        made(T.Speed(), {**columns, "a": pd.to_datetime(["2013-01-01"]), "t": pd.to_datetime(["2013-01-01"])})
    with pytest.raises(rw.SchemaError, match="takes 6 columns"):
        made(T.Speed(), PLACE)


def test_speed_between_two_events_at_one_time_is_missing() -> None:
    at = pd.to_datetime(["2013-01-01"])
    assert math.isnan(made(T.Speed(), {"a": [0.0], "b": [0.0], "t": at, "c": [1.0], "d": [0.0], "u": at})["speed"][0])


def test_two_polygons_share_every_place_on_their_edge_without_a_gap() -> None:
    random = np.random.default_rng(0)
    (y1, x1), (y2, x2) = (-3.3, 1.1), (7.7, 2.9)
    share = random.random(2000)
    lat, lon = y1 + share * (y2 - y1), x1 + share * (x2 - x1)
    west, east = ((y1, x1), (y2, x2), (8.0, -9.0), (-4.0, -9.0)), ((y2, x2), (y1, x1), (-4.0, 9.0), (8.0, 9.0))
    inside = made(T.PointInPolygon((west, east)), {"lat": lat, "lon": lon})
    assert (inside.sum(axis=1) == 1).all()
    assert 0 < inside["lat_lon_in_0"].sum() < 2000


def test_longitudes_go_round_the_earth_in_cells_of_maps() -> None:
    cells = made(T.Geohash(precision=12), {"lat": [5.0] * 4, "lon": [190.0, -170.0, 550.0, -530.0]}).iloc[:, 0]
    assert cells.nunique() == 1
    assert made(T.QuadKey(), {"lat": [5.0] * 2, "lon": [180.0, -180.0]}).iloc[:, 0].nunique() == 1
    assert made(T.Geohash(), {"lat": [5.0], "lon": [math.inf]}).iloc[0, 0] is None
