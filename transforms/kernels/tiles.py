"""Rows into tiles: ranges of keys, or slices of the time of one key, small enough to stay in a core's cache.

Each kernel works on a range of rows; what it counts and where it writes is its own, so that ranges can run at once.
"""

import numpy as np
from numba import njit

#: of the grid of a key that is cut: a few for each slice
CELLS = 1024


@njit(nogil=True, cache=True)
def count_keys(first, last, codes, counts):  # type: ignore[no-untyped-def]
    """Add to counts[k] how many rows have code k; rows with a code < 0 count nowhere."""
    for i in range(first, last):
        if codes[i] >= 0:
            counts[codes[i]] += 1


@njit(nogil=True, cache=True)
def assign(codes, stamps, tile_of_key, slices, cuts, origins, scales, grids, grid, tiles, counts):  # type: ignore[no-untyped-def]
    """tiles[i]: the tile of row i, -1 for a code < 0; adds to counts how many rows each tile has.

    tile_of_key is int32[keys], the first tile of a key; slices[tile] says how many it has. cuts[tile] is the least
    time of a slice that is not the first one of its key. To find the slice of a time, the cells of an even grid, at
    grids[tile] of `grid`, say how many cuts lie before them: a search among all cuts took five times as long.
    """
    for i in range(len(codes)):
        code = codes[i]
        if code < 0:
            tiles[i] = -1
            continue
        tile = np.int64(tile_of_key[code])
        if slices[tile] > 1:
            cell = cell_of(stamps[i], origins[tile], scales[tile]) + grids[tile]
            left = np.int64(grid[cell + 1] - grid[cell])
            tile += grid[cell]
            while left > 0:  # the last slice whose cut is not after the row
                half = (left + 1) >> 1
                if cuts[tile + half] <= stamps[i]:
                    tile += half
                left -= half
        tiles[i] = tile
        counts[tile] += 1


@njit(nogil=True, cache=True)
def cell_of(stamp, origin, scale):  # type: ignore[no-untyped-def]
    """The cell of a time, less than CELLS: as a function of time it never falls."""
    return np.int64(min(max((float(stamp) - origin) * scale, 0.0), float(CELLS - 1)))


@njit(nogil=True, cache=True)
def cells(cuts, origin, scale, grid):  # type: ignore[no-untyped-def]
    """grid[c]: how many of the cuts of one key lie in cells before c, up to c = CELLS."""
    for c in range(CELLS + 1):
        grid[c] = 0
    for i in range(len(cuts)):
        grid[cell_of(cuts[i], origin, scale) + 1] += 1
    for c in range(CELLS):
        grid[c + 1] += grid[c]


def _scatter(tiles, cursor, values, out):  # type: ignore[no-untyped-def]
    """Write values[i] to the next free place of its tile, cursor[tile]."""
    for i in range(len(values)):
        tile = tiles[i]
        if tile >= 0:
            out[cursor[tile]] = values[i]
            cursor[tile] += 1


# one for each width: a column of bytes is not worth eight times its memory
scatter_longs = njit(nogil=True, cache=True)(_scatter)
scatter_ints = njit(nogil=True, cache=True)(_scatter)
scatter_bytes = njit(nogil=True, cache=True)(_scatter)


@njit(nogil=True, cache=True)
def scatter_rows(first, last, tiles, cursor, out):  # type: ignore[no-untyped-def]
    """Write the number of each row to the next free place of its tile."""
    for i in range(first, last):
        tile = tiles[i]
        if tile >= 0:
            out[cursor[tile]] = i
            cursor[tile] += 1


def _settle(first, last, order, values):  # type: ignore[no-untyped-def]
    """values[first:last] as `order`, their positions, puts them; in place."""
    kept = values[first:last].copy()
    for i in range(first, last):
        values[i] = kept[order[i] - first]


settle_longs = njit(nogil=True, cache=True)(_settle)
settle_ints = njit(nogil=True, cache=True)(_settle)
settle_bytes = njit(nogil=True, cache=True)(_settle)


@njit(nogil=True, cache=True)
def invert(first, last, rows, places):  # type: ignore[no-untyped-def]
    """places[rows[i]] = i."""
    for i in range(first, last):
        places[rows[i]] = i


@njit(nogil=True, cache=True)
def restore(places, column, scratch):  # type: ignore[no-untyped-def]
    """A column in the order of rows, in place: column[i] becomes column[places[i]], 0 where the place is < 0.

    As many values as `scratch` has room for stand at its beginning. In place, for fresh memory costs as much as the
    work itself.
    """
    for i in range(len(scratch)):
        scratch[i] = column[i]
    for i in range(len(places)):
        at = places[i]
        column[i] = scratch[at] if at >= 0 else 0
