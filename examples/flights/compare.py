"""Two tables compared bit for bit."""

import pyarrow as pa
import pyarrow.compute as pc


def differences(left: pa.Table, right: pa.Table, key: str) -> list[str]:
    """One line for each way in which they differ, whatever their order of rows; `key` is a column without duplicates.

    Floats are compared by their bits, so that 0.0 and -0.0 differ and NaN is a value, and nulls as nulls.
    """
    names, others = ([f"{field.name} {_plain(field.type)}" for field in table.schema] for table in (left, right))
    if names != others:
        return [f"columns: {name}" for name in sorted(set(names) ^ set(others))] or ["columns: another order"]
    if len(left) != len(right):
        return [f"rows: {len(left):,} and {len(right):,}"]
    left, right = left.sort_by(key), right.sort_by(key)
    found = []
    for field in left.schema:
        one, other = (_bits(table.column(field.name)) for table in (left, right))
        same = pc.or_kleene(pc.and_(pc.is_null(one), pc.is_null(other)), pc.equal(one, other))
        if unequal := len(one) - (pc.sum(pc.fill_null(same, False)).as_py() or 0):
            found.append(f"{field.name}: {unequal:,} rows")
    return found


def _bits(column: pa.ChunkedArray) -> pa.Array:
    array = column.cast(_plain(column.type)).combine_chunks()
    array = pa.concat_arrays(array.chunks) if isinstance(array, pa.ChunkedArray) else array
    return array.view(pa.int64()) if pa.types.is_float64(array.type) else array


def _plain(kind: pa.DataType) -> pa.DataType:
    """Text is text, however a reader lays it out in memory."""
    return pa.string() if kind in (pa.large_string(), pa.string_view()) else kind
