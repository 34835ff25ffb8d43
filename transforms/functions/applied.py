"""A function of a user as an operation of expressions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from ropeway.transforms.expressions.arrays import on_arrays
from ropeway.transforms.expressions.kinds import Values, without_nan
from ropeway.transforms.expressions.operations import Function
from ropeway.transforms.expressions.rows import answer, is_missing, reader

if TYPE_CHECKING:
    from ropeway.transforms.functions.declared import RowFunction


@dataclass(frozen=True)
class Applied(Function):
    """What a function of the values of a row is in a tree: an operation of its own, whose name holds its hash."""

    function: RowFunction

    @property
    def needs_all(self) -> bool:  # type: ignore[override]  # of each function, not of all
        return not self.function.takes_missing

    @property
    def carried(self) -> tuple[Any, ...]:  # type: ignore[override]  # likewise
        return (self.function,)

    def options(self) -> dict[str, Any]:
        return {}

    def takes(self, count: int) -> bool:
        return count == len(self.function.inputs)

    def output_type(self, kinds: Sequence[pa.DataType]) -> pa.DataType:
        for kind, name in zip(kinds, self.function.inputs, strict=True):
            if not self.function.fits(kind, name):
                raise self.refuse(kinds, " and ".join(self.function.inputs))
        return self.function.running.output

    def reads(self, kinds: Sequence[pa.DataType]) -> list[pa.DataType]:
        return list(self.function.running.inputs)

    def compute(self, values: Sequence[Values]) -> Values:
        running = self.function.running
        return on_arrays(lambda *arrays: running.columns([without_nan(one) for one in arrays])[0], *values)

    def scalar(self, kinds: Sequence[pa.DataType]) -> Callable[..., Any]:
        running = self.function.running
        ways = [answer(kind) for kind in running.inputs]
        back = reader(running.output)

        def one(*values: Any) -> Any:
            given = (
                None if is_missing(value) else value if way is None else way(value)
                for way, value in zip(ways, values, strict=True)
            )
            return back(running.row(*given)[0])

        return one

    def text(self, operands: Sequence[str]) -> str:
        # two functions of one name are two operations
        return f'{self.symbol}["{self.function.hash[:8]}"]({", ".join(operands)})'
