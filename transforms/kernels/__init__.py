"""Plain loops over 1-D int64 arrays, compiled by numba; they know nothing of frames, keys' types or engines."""

from ropeway.transforms.unpacking import unpacked

__path__ = [unpacked(__name__)]
