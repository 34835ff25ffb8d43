"""Instructions on places of the earth, in degrees, and on points of a plane. NaN in, NaN out."""

import math

import numpy as np

from ropeway.transforms.instructions.fields import COUNT, FLOATS, INTS, MISSING, MORE, OUT, A, B
from ropeway.transforms.kernels.wide import compiled

NAMES = (
    "ranged",  # two outputs: 0, or -1 where a is not in floats[0] .. floats[1]; and a itself, NaN where it is not
    "haversine",  # the great circle between latitude, longitude, latitude, longitude, on a sphere of radius floats[0]
    "bearing",  # in which direction it starts, from 0 (north) clockwise below 360; NaN where both are one place
    "geohash",  # an integer of MORE bits, of longitude and latitude in turn, of latitude a and longitude b
    "tile",  # three outputs, integers: x, y and quadkey of the Web Mercator tile of a and b at zoom MORE
    "in_polygon",  # 1 or 0: whether the point (a, b) is in the polygon of COUNT edges floats[COUNT, 4]
    "nearest",  # two outputs: which of COUNT points is nearest to a and b, and how far on a sphere of radius floats[0]
    "which_least",  # the number of the least of all registers; of equals the first
)  # fmt: skip

_TO_RADIANS = math.pi / 180.0
#: where Web Mercator ends: a map of the world is a square
_NORTH = 85.05112877980659


@compiled
def step(op, code, floats, ints, registers, integers):  # type: ignore[no-untyped-def]
    """One instruction; `op` is its place in NAMES."""
    a = registers[code[A]]
    b = registers[code[B]]
    out = registers[code[OUT]]
    size = len(out)
    at = code[FLOATS]
    count = code[COUNT]
    which = ints[code[INTS] : code[INTS] + count]
    if op == 0:
        value = registers[code[OUT] + 1]
        for j in range(size):
            x = a[j]
            inside = floats[at] <= x <= floats[at + 1]
            value[j] = x if inside else np.nan
            out[j] = 0.0 if inside else np.nan if math.isnan(x) else -1.0
    elif op <= 2:
        for j in range(size):
            lat1 = registers[which[0], j]
            lon1 = registers[which[1], j]
            lat2 = registers[which[2], j]
            lon2 = registers[which[3], j]
            out[j] = floats[at] * haversine(lat1, lon1, lat2, lon2) if op == 1 else bearing(lat1, lon1, lat2, lon2)
    elif op == 3:
        into = integers[code[OUT]]
        for j in range(size):
            into[j] = geohash(a[j], b[j], code[MORE])
    elif op == 4:
        for j in range(size):
            _tile(a[j], b[j], code[MORE], integers, code[OUT], j)
    elif op == 5:
        for j in range(size):
            out[j] = np.nan if math.isnan(a[j]) or math.isnan(b[j]) else in_polygon(a[j], b[j], floats, at, count)
    elif op == 6:
        _nearest(a, b, floats, at, count, out, registers[code[OUT] + 1])
    else:
        _which_least(which, registers, out)


@compiled
def haversine(lat1, lon1, lat2, lon2):  # type: ignore[no-untyped-def]
    """The angle between two places, in radians (Sinnott 1984: also of near places it keeps its digits)."""
    lat1 = lat1 * _TO_RADIANS
    lat2 = lat2 * _TO_RADIANS
    north = math.sin((lat2 - lat1) / 2)
    east = math.sin((lon2 * _TO_RADIANS - lon1 * _TO_RADIANS) / 2)
    chord = north * north + math.cos(lat1) * math.cos(lat2) * east * east
    return np.nan if math.isnan(chord) else 2 * math.asin(math.sqrt(min(chord, 1.0)))


@compiled
def bearing(lat1, lon1, lat2, lon2):  # type: ignore[no-untyped-def]
    """The initial course, in degrees."""
    lat1 = lat1 * _TO_RADIANS
    lat2 = lat2 * _TO_RADIANS
    apart = (lon2 - lon1) * _TO_RADIANS
    east = math.sin(apart) * math.cos(lat2)
    north = math.cos(lat1) * math.sin(lat2) - math.sin(lat1) * math.cos(lat2) * math.cos(apart)
    if math.isnan(north) or (east == 0.0 and north == 0.0):
        return np.nan
    course = math.atan2(east, north) / _TO_RADIANS
    course = course + 360.0 if course < 0.0 else course
    return 0.0 if course >= 360.0 else course + 0.0


@compiled
def wrapped(lon):  # type: ignore[no-untyped-def]
    """A longitude from -180 on and below 180."""
    if -180.0 <= lon < 180.0:
        return lon
    lon = np.fmod(lon, 360.0)
    return lon - 360.0 if lon >= 180.0 else lon + 360.0 if lon < -180.0 else lon


@compiled
def geohash(lat, lon, bits):  # type: ignore[no-untyped-def]
    """The cell by halving: a place on a border is in the cell to its north or east."""
    if math.isnan(lat) or not abs(lon) < np.inf:
        return MISSING
    lon = wrapped(lon)
    south = -90.0
    north = 90.0
    west = -180.0
    east = 180.0
    cell = np.int64(0)
    for i in range(bits):
        if i % 2 == 0:
            middle = (west + east) / 2
            bit = lon >= middle
            if bit:
                west = middle
            else:
                east = middle
        else:
            middle = (south + north) / 2
            bit = lat >= middle
            if bit:
                south = middle
            else:
                north = middle
        cell = 2 * cell + (1 if bit else 0)
    return cell


@compiled
def _tile(lat, lon, zoom, integers, first, j):  # type: ignore[no-untyped-def]
    if math.isnan(lat) or not abs(lon) < np.inf:
        for i in range(3):
            integers[first + i, j] = MISSING
        return
    wide = np.int64(1) << zoom
    sine = math.sin(min(max(lat, -_NORTH), _NORTH) * _TO_RADIANS)
    east = (wrapped(lon) + 180.0) / 360.0
    south = 0.5 - math.log((1.0 + sine) / (1.0 - sine)) / (4.0 * math.pi)
    x = min(max(np.int64(math.floor(east * wide)), 0), wide - 1)
    y = min(max(np.int64(math.floor(south * wide)), 0), wide - 1)
    key = np.int64(0)
    for i in range(zoom - 1, -1, -1):
        key = 4 * key + 2 * ((y >> i) & 1) + ((x >> i) & 1)
    integers[first, j] = x
    integers[first + 1, j] = y
    integers[first + 2, j] = key


@compiled
def in_polygon(y, x, floats, at, count):  # type: ignore[no-untyped-def]
    """1 where an odd number of edges, each from its lower to its upper end, lies to the east of a point, else 0."""
    odd = False
    for k in range(count):
        low = floats[at + 4 * k]
        high = floats[at + 4 * k + 2]
        if low <= y < high:
            begin = floats[at + 4 * k + 1]
            end = floats[at + 4 * k + 3]
            if x < min(begin, end):
                odd = not odd
            elif x < max(begin, end):
                # of which side of the edge; it is the same number for both polygons that share it
                side = (end - begin) * (y - low) - (x - begin) * (high - low)
                odd = odd != (side > 0.0)
    return 1.0 if odd else 0.0


@compiled
def _nearest(a, b, floats, at, count, out, far):  # type: ignore[no-untyped-def]
    """By the chord between unit vectors, floats[at + 1:], which needs no sine of each pair."""
    points = at + 1
    places = points + 3 * count
    for j in range(len(out)):
        lat = a[j] * _TO_RADIANS
        lon = b[j] * _TO_RADIANS
        if math.isnan(lat) or not abs(lon) < np.inf:
            out[j] = np.nan
            far[j] = np.nan
            continue
        x = math.cos(lat) * math.cos(lon)
        y = math.cos(lat) * math.sin(lon)
        z = math.sin(lat)
        least = np.inf
        best = 0
        for k in range(count):
            dx = x - floats[points + 3 * k]
            dy = y - floats[points + 3 * k + 1]
            dz = z - floats[points + 3 * k + 2]
            chord = dx * dx + dy * dy + dz * dz
            if chord < least:
                least = chord
                best = k
        there = haversine(a[j], b[j], floats[places + 2 * best], floats[places + 2 * best + 1])
        out[j] = best
        far[j] = floats[at] * there


@compiled
def _which_least(which, registers, out):  # type: ignore[no-untyped-def]
    for j in range(len(out)):
        best = 0
        least = registers[which[0], j]
        for i in range(1, len(which)):
            if registers[which[i], j] < least:
                least = registers[which[i], j]
                best = i
        out[j] = np.nan if math.isnan(least) else best
