"""Cases of cells."""

import math
from fractions import Fraction

from ropeway import transforms as T
from tests.transforms.catalogue.cases import Case
from tests.transforms.catalogue.places import PLACE, by_row, with_holes

LETTERS = "0123456789bcdefghjkmnpqrstuvwxyz"


def geohash(lat: float, lon: float) -> tuple[str, int]:
    """In exact fractions: 25 bits of longitude and 20 and 25 of latitude, woven."""
    wide, high = 23, 22
    x = math.floor(((Fraction(lon) + 180) % 360) / 360 * 2**wide)
    y = min(math.floor((Fraction(lat) + 90) / 180 * 2**high), 2**high - 1)
    bits = "".join(one + other for one, other in zip(f"{x:0{wide}b}", [*f"{y:0{high}b}", ""], strict=True))
    return "".join(LETTERS[int(bits[at : at + 5], 2)] for at in range(0, 45, 5)), int(bits, 2)


def tile(lat: float, lon: float) -> tuple[int, int]:
    """After the formula of OpenStreetMap's wiki, which has the tangent and the secant."""
    lat = max(-85.05112877980659, min(85.05112877980659, lat))
    x = int(((lon + 180) % 360) / 360 * 2**11)
    up = math.radians(lat)
    y = int((1 - math.asinh(math.tan(up)) / math.pi) / 2 * 2**11)
    return x, min(max(y, 0), 2**11 - 1)


def quadkey(lat: float, lon: float) -> tuple[str]:
    x, y = tile(lat, lon)
    return ("".join(str(int(one) + 2 * int(other)) for one, other in zip(f"{x:011b}", f"{y:011b}", strict=True)),)


def cell(lat: float, lon: float) -> tuple[float]:
    high, wide = Fraction(0.7), Fraction(1.3)
    row, column = math.floor(Fraction(lat) / high), math.floor(Fraction(lon) / wide)
    return (float((row + math.ceil(90 / high)) * 2 * math.ceil(180 / wide) + column + math.ceil(180 / wide)),)


CASES = [
    Case(
        T.Geohash(precision=9), PLACE, by_row(lambda *at: (geohash(*at)[0],), "lat_lon_geohash"), changed=with_holes
    ),
    Case(T.Geohash(precision=9, output="number"), PLACE, by_row(lambda *at: (geohash(*at)[1],), "lat_lon_geohash")),
    Case(T.QuadKey(zoom=11), PLACE, by_row(quadkey, "lat_lon_quadkey"), changed=with_holes),
    Case(T.QuadKey(zoom=11, output="tile"), PLACE, by_row(tile, "lat_lon_x", "lat_lon_y")),
    Case(T.QuadKey(zoom=11, output="number"), PLACE, by_row(lambda *at: (int(quadkey(*at)[0], 4),), "lat_lon_quadkey")),
    Case(T.GridCell(size=(0.7, 1.3)), PLACE, by_row(cell, "lat_lon_cell"), ulps=0, changed=with_holes),
]  # fmt: skip
