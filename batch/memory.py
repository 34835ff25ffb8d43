"""How much memory a local run may take: limits as people write them, and how many rows fit into one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import pyarrow as pa

from ropeway.transforms.errors import UsageError
from ropeway.transforms.families import Ask
from ropeway.transforms.passes.work import Work

MIB = 2**20
#: below this the kernels and the buffers of readers and writers leave no room for rows
LEAST = 256 * MIB
#: what is held whatever the rows are: compiled kernels 70 MiB, readers of Parquet 60 MiB, and what allocators keep
FIXED = 160 * MIB
#: rows of one part; tests set it to a few. The kernels number rows by int32
MOST_ROWS = 2**31 - 1
#: rows of one block of answers: as many as a row group of Parquet usually has
BLOCK_ROWS = 1_000_000

_TEXT = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?(B|kB|KB|MB|GB|TB|KiB|MiB|GiB|TiB)")
_UNITS = {
    "B": 1, "kB": 10**3, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12,
    "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40,
}  # fmt: skip


def checked_limit(limit: int | str | None) -> int | None:
    """A limit in bytes; None for none. Raises `UsageError` for what is no size, and for less than `LEAST`.

    >>> checked_limit("2GiB"), checked_limit("1.5 GB"), checked_limit(500_000_000)
    (2147483648, 1500000000, 500000000)
    >>> checked_limit("2G")
    Traceback (most recent call last):
    ropeway.transforms.errors.UsageError: memory_limit='2G': expected a number of bytes, or a text such as '2GiB' ...
    """
    if limit is None:
        return None
    found = _TEXT.fullmatch(limit) if isinstance(limit, str) else None
    if found is not None:
        size = int(float(found[1]) * _UNITS[found[2]])
    elif isinstance(limit, int) and not isinstance(limit, bool):
        size = limit
    else:
        raise UsageError(
            f"memory_limit={limit!r}: expected a number of bytes, or a text such as '2GiB' or '500MB' (units "
            f"{', '.join(_UNITS)})."
        )
    if size < LEAST:
        raise UsageError(
            f"memory_limit={limit!r} is {size:,} bytes, and the least is {shown(LEAST)}: compiled kernels and buffers "
            f"need that much beside any rows. Pass more, or None for no limit."
        )
    return size


def shown(size: float) -> str:
    """A size for messages.

    >>> shown(256 * 2**20), shown(3.2 * 2**30)
    ('256 MiB', '3.2 GiB')
    """
    return f"{size / 2**30:.1f} GiB" if size >= 2**30 else f"{size / MIB:.0f} MiB"


def width_of(table: pa.Table) -> float:
    """Bytes of a row of this table, at least 1."""
    return max(1.0, float(table.nbytes) / len(table)) if len(table) else 8.0 * max(1, table.num_columns)


def width_of_types(kinds: Iterable[pa.DataType]) -> float | None:
    """Bytes of a row of these types; None where values differ in size.

    >>> width_of_types([pa.int64(), pa.int32(), pa.bool_()]), width_of_types([pa.string()])
    (13.0, None)
    """
    try:
        return float(sum(max(1.0, kind.bit_width / 8) for kind in kinds))
    except ValueError:
        return None


@dataclass(frozen=True)
class Budget:
    """What each stage of a run under `limit` bytes may hold; stages follow one another.

    The last is a writer that holds `writer` bytes of its own. Raises `UsageError` if that is too much.
    """

    limit: int
    writer: int = 0

    def __post_init__(self) -> None:
        if self.limit < FIXED + self.writer:
            raise UsageError(
                f"memory_limit is {shown(self.limit)}: to write this table without holding it, buffers for each of its "
                f"columns are needed, and so a limit of at least {shown(FIXED + self.writer)}."
            )

    @property
    def free(self) -> int:
        return self.limit - FIXED

    @property
    def piece(self) -> int:
        """A table that is read and cut: one is read while another is cut, which copies it twice and strings oftener."""
        return self.free // 16

    @property
    def part(self) -> int:
        """The rows of a part with all that their answers need."""
        return self.free * 3 // 4

    @property
    def events(self) -> int:
        """Of that for events; the rest is for as many queries at a time as fit."""
        return self.part * 2 // 3

    @staticmethod
    def limit_for(events: float) -> int:
        """The limit under which events of a part may take so many bytes."""
        return int(events * 3 / 2 * 4 / 3) + FIXED


def of_event(work: Work, width: float) -> float:
    """Bytes that an event of so many bytes takes while its part is computed.

    Measured beside the bytes of the table itself, of 4M events: 20 for a count; 29 to 38 for sums, means, least and
    greatest values over four windows; 63 with `available_at`; 83 to 104 for strings and for ties; 143 where each
    event has a key of its own, whose hash table that is. Three times the width: as it came, as one array per column,
    and as what is computed from it. Aggregates that keep rows in structures took 31 to 57, elements of lists of four 60
    each, vectors of 8 numbers 190.
    """
    return 3 * width + 112 + (200 if any(_is_exact(ask.kind) for ask in work.asks) else 0)


def of_query(work: Work, width: float) -> float:
    """Bytes that a query of so many bytes takes; measured: 21 and 11 for each answer, most of strings 24.

    Lists of 5 values took 270, vectors of 8 numbers 450, histograms of up to 20 values 630, maps of up to 20 categories
    1,080. How many there are is not known before, so that these are what most have, and not what is possible.
    """
    return 3 * width + 48 + sum(map(_of_answer, work.asks))


def _of_answer(ask: Ask) -> int:
    if _is_short(ask.kind):
        return 16
    if ask.category is not None:
        return 1_200
    if not pa.types.is_nested(ask.kind):
        return 64
    n = getattr(ask.aggregate, "n", None)
    return 512 if n is None else 64 + 48 * min(int(n), 16)


def _is_short(kind: pa.DataType) -> bool:
    return bool(pa.types.is_primitive(kind) or pa.types.is_boolean(kind)) and not _is_exact(kind)


def _is_exact(kind: pa.DataType) -> bool:
    return bool(pa.types.is_decimal(kind))
