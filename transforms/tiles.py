"""Events and queries in tiles: keys side by side, or a slice of the time of one key, small enough for a core's cache.

All work of a pass goes tile by tile, so that threads share keys of any size, and what one kernel has read the next
one finds in the cache. Where a key is cut never shows in an answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from ropeway.transforms.allocation import uninitialised
from ropeway.transforms.columns import Chunks, Ints, frozen
from ropeway.transforms.dictionary import Codes
from ropeway.transforms.kernels import tiles as kernels
from ropeway.transforms.sampling import some_rows
from ropeway.transforms.threads import over_rows, parts_of

_Small = TypeVar("_Small", np.int32, np.uint8)

#: events and queries per tile. A row takes some 30 bytes while it is worked on, and a core's cache holds 1 or 2 MB
ROWS = 1 << 15
#: at least, so that calls cost little: few rows are cut into four tiles per thread, which evens them out
FEWEST = 1 << 12
#: a key of more tiles than this is cut by time
WHOLE = 2
#: rows looked at to cut a tile's worth of a key: slices differ by a tenth or so
_SAMPLE = 256


@dataclass(frozen=True)
class Cuts:
    """The first tile of each key, how many tiles the key of a tile has, and the least time of a tile that continues
    its key. The rest, for the first tile of a key that is cut, finds the slice of a time (`kernels.tiles.assign`)."""

    tile_of_key: npt.NDArray[np.int32]
    slices: Ints
    times: Ints
    origins: npt.NDArray[np.float64]
    scales: npt.NDArray[np.float64]
    grids: Ints
    grid: npt.NDArray[np.int32]


class Side:
    """The events, or the queries: in which tile each row is, and columns in the order of tiles."""

    def __init__(self, codes: Codes, stamps: Chunks, cuts: Cuts, workers: int) -> None:
        self.size = len(codes)
        self.workers = workers
        self._tiles = uninitialised(self.size, np.int32)
        counts = np.zeros((parts_of(self.size, workers), len(cuts.slices)), np.int64)

        def work(i: int, first: int, last: int) -> None:
            for a, times in stamps.between(first, last):
                rows = slice(a, a + len(times))
                kernels.assign(
                    codes[rows], times, cuts.tile_of_key, cuts.slices, cuts.times, cuts.origins, cuts.scales,
                    cuts.grids, cuts.grid, self._tiles[rows], counts[i],
                )  # fmt: skip

        over_rows(work, self.size, workers)
        #: where each tile begins; rows without a key are in none
        self.bounds = np.concatenate([[0], np.cumsum(counts.sum(axis=0))]).astype(np.int64)
        self._places = self.bounds[:-1] + np.cumsum(counts, axis=0) - counts

    def spread(self, values: Chunks) -> Ints:
        """A column in the order of tiles, and within a tile in the order of rows."""
        out = uninitialised(int(self.bounds[-1]), np.int64)

        def work(i: int, first: int, last: int) -> None:
            cursor = self._places[i].copy()
            for a, piece in values.between(first, last):
                kernels.scatter_longs(self._tiles[a : a + len(piece)], cursor, piece, out)

        over_rows(work, self.size, self.workers)
        return out

    def spread_small(self, values: npt.NDArray[_Small]) -> npt.NDArray[_Small]:
        """The same for int32 and uint8."""
        out = uninitialised(int(self.bounds[-1]), values.dtype.type)
        scatter = {4: kernels.scatter_ints, 1: kernels.scatter_bytes}[values.itemsize]
        given = frozen(values)

        def work(i: int, first: int, last: int) -> None:
            scatter(self._tiles[first:last], self._places[i].copy(), given[first:last], out)

        over_rows(work, self.size, self.workers)
        return out

    def numbers(self) -> npt.NDArray[np.int32]:
        """The numbers of rows in the order of tiles."""
        out = uninitialised(int(self.bounds[-1]), np.int32)

        def work(i: int, first: int, last: int) -> None:
            kernels.scatter_rows(first, last, self._tiles, self._places[i].copy(), out)

        over_rows(work, self.size, self.workers)
        return out


def settle(first: int, last: int, order: npt.NDArray[np.int32], values: npt.NDArray[np.generic]) -> None:
    """Put rows [first, last) of a spread column into their order, in place."""
    kernel = {8: kernels.settle_longs, 4: kernels.settle_ints, 1: kernels.settle_bytes}[values.itemsize]
    kernel(first, last, order, values)


def counts_of(codes: Codes, size: int, workers: int) -> Ints:
    """How many rows each of `size` keys has."""
    # each thread counts for itself, unless keys are so many that this would cost more than it saves
    workers = workers if size * workers < len(codes) else 1
    counts = np.zeros((parts_of(len(codes), workers), size), np.int64)
    over_rows(lambda i, first, last: kernels.count_keys(first, last, codes, counts[i]), len(codes), workers)
    total: Ints = counts.sum(axis=0) if len(counts) > 1 else counts[0]
    return total


def cuts_of(counts: Ints, sides: Sequence[tuple[Codes, Chunks]], workers: int) -> Cuts:
    """Tiles for keys with so many rows; `sides` are the codes and times of rows, by which large keys are cut."""
    keys = len(counts)
    rows = max(min(ROWS, int(counts.sum()) // (4 * workers)), min(FEWEST, ROWS))
    large = counts > WHOLE * rows
    plain = np.where(large, 0, counts)
    number = (np.cumsum(plain) - plain) // rows
    begins = np.ones(keys, np.bool_)
    begins[1:] = (number[1:] != number[:-1]) | large[1:] | large[:-1]
    first_keys = np.flatnonzero(begins)
    slices = np.ones(len(first_keys), np.int64)
    cut_keys = np.flatnonzero(large)
    cuts = _times(cut_keys, -(-counts[cut_keys] // rows), sides, _SAMPLE / rows)
    slices[np.searchsorted(first_keys, cut_keys)] = [len(cut) + 1 for cut in cuts]
    first_tiles = np.cumsum(slices) - slices
    tile_of_key = np.repeat(first_tiles, np.diff(first_keys, append=keys)).astype(np.int32)
    tiles = int(slices.sum())
    times, grids = np.zeros(tiles, np.int64), np.zeros(tiles, np.int64)
    origins, scales = np.zeros(tiles), np.zeros(tiles)
    grid = np.empty((len(cuts), kernels.CELLS + 1), np.int32)
    for at, (key, cut) in enumerate(zip(cut_keys, cuts, strict=True)):
        first = tile_of_key[key]
        times[first + 1 : first + 1 + len(cut)] = cut
        if len(cut):
            # the rows of the first slice and of the last one lie outside, and in the first cell and the last
            origins[first], scales[first] = cut[0], kernels.CELLS / max(float(cut[-1]) - float(cut[0]), 1.0)
        grids[first] = at * grid.shape[1]
        kernels.cells(cut, origins[first], scales[first], grid[at])
    return Cuts(tile_of_key, np.repeat(slices, slices), times, origins, scales, grids, grid.ravel())


def _times(keys: Ints, slices: Ints, sides: Sequence[tuple[Codes, Chunks]], share: float) -> list[Ints]:
    """For each key the times that cut it into about so many slices of as many rows, by a sample of the rows."""
    if len(keys) == 0:
        return []
    found = []
    for codes, stamps in sides:
        at = some_rows(len(codes), int(min(1.0, share) * len(codes)))
        found.append((codes[at], stamps.at(at)))
    codes = np.concatenate([one for one, _ in found])
    times = np.concatenate([one for _, one in found])
    order = np.lexsort((times, codes))
    codes, times = codes[order], times[order]
    made = []
    for key, number in zip(keys, slices, strict=True):
        mine = times[np.searchsorted(codes, key) : np.searchsorted(codes, key, side="right")]
        quantiles = mine[np.arange(1, number) * len(mine) // number] if len(mine) else mine
        # rows of one time stay together, and a slice before the least of them would be empty
        made.append(np.unique(quantiles[quantiles > mine[0]]) if len(mine) else quantiles)
    return made
