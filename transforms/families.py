"""From ranges to answers: each kernel family once for all outputs that share an input, a filter and a group."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ropeway.transforms.aggregates import Aggregate
from ropeway.transforms.aggregates.extremes import Any, Max
from ropeway.transforms.aggregates.moments import Mean, Std, Sum, Var
from ropeway.transforms.aggregates.picks import First, Last
from ropeway.transforms.columns import Column, Ints, from_ints, ordinals
from ropeway.transforms.decimals import Late, Moment, decimal_moments, scaled
from ropeway.transforms.errors import DataError
from ropeway.transforms.kernels import order, ranges, select
from ropeway.transforms.kernels.moments import moments
from ropeway.transforms.sweep import Group, Sweep, Taken
from ropeway.transforms.windows import Window

Table = npt.NDArray[np.int64]

_UNWANTED: Table = np.empty((0, 0), np.int64)
#: sample variance divides by n - 1
_DDOF = 1


@dataclass(frozen=True)
class Ask:
    """One output: an aggregate of input number `input` (None: rows) over a window, where filter number `filter` holds.

    `kind` is the Arrow type of the answer; the window's `closed` is known.
    """

    name: str
    aggregate: Aggregate
    input: int | None
    filter: int | None
    window: Window
    kind: pa.DataType


def answers(sweep: Sweep, asks: Sequence[Ask]) -> list[pa.Array]:
    """One Arrow array per ask, in the order of the queries as they came; nothing (0 for counts) for unknown keys."""
    if any(ask.aggregate.ordered for ask in asks):
        assert len(sweep.fresh) == len(sweep.rows)  # puts rows of one time into order, before columns are gathered
    done: dict[str, pa.Array] = {}
    ends: dict[object, list[Ask]] = {}
    for ask in asks:
        ends.setdefault((ask.window.offset, ask.window.closed), []).append(ask)
    for sharing in ends.values():
        group = sweep.group(list(dict.fromkeys(ask.window for ask in sharing)))
        columns: dict[tuple[int | None, int | None], list[Ask]] = {}
        for ask in sharing:
            columns.setdefault((ask.input, ask.filter), []).append(ask)
        for (column, condition), same in columns.items():
            source = None if column is None else sweep.events.inputs[column]
            taken = sweep.take(source, None if condition is None else sweep.events.filters[condition])
            for part in _apart(same, source):
                windows = list(dict.fromkeys(ask.window for ask in part))
                done.update(_Column(sweep, group.only(windows), source, taken).answers(part))
    return [done[ask.name] for ask in asks]


def _apart(asks: Sequence[Ask], source: Column | None) -> list[list[Ask]]:
    """Asks whose windows are summed, and the others: a sum that nobody asked for must not overflow."""
    if source is None or source.is_float:
        return [list(asks)]
    summed = {ask.window for ask in asks if isinstance(ask.aggregate, Sum)}
    parts = [[ask for ask in asks if (ask.window in summed) is wanted] for wanted in (True, False)]
    return [part for part in parts if part]


class _Column:
    """The answers about one input, one filter and one group of windows."""

    def __init__(self, sweep: Sweep, group: Group, source: Column | None, taken: Taken) -> None:
        self.sweep, self.group, self.source, self.taken = sweep, group, source, taken
        self.counts = self.zeros()

    def zeros(self) -> Table:
        return np.zeros((len(self.group.windows), self.sweep.size), np.int64)

    def answers(self, asks: Sequence[Ask]) -> dict[str, pa.Array]:
        done: dict[str, pa.Array] = {}
        powers = [ask for ask in asks if ask.aggregate.family == "moment"]
        extremes = [ask for ask in asks if ask.aggregate.family == "extreme"]
        picks = [ask for ask in asks if ask.aggregate.family == "pick"]
        if powers and not pa.types.is_decimal(self._source.kind):
            done.update(self._moments(powers))  # counts on its way
        else:
            self._count()
            if powers:
                done.update(self._decimals(powers))
        for greatest in (False, True):
            done.update(
                self._extremes([a for a in extremes if isinstance(a.aggregate, Max | Any) is greatest], greatest)
            )
        for first in (False, True):
            for skip in (False, True):
                same = [a for a in picks if isinstance(a.aggregate, First) is first and _skips(a) is skip]
                done.update(self._picks(same, newest=not first, skip=skip))
        for ask in asks:
            if ask.aggregate.family == "count":
                done[ask.name] = from_ints(self.counts[self._window(ask)], None, pa.int64())
        return done

    @property
    def _source(self) -> Column:
        assert self.source is not None, "only counts do without a column"
        return self.source

    @cached_property
    def _ordered(self) -> Ints:
        """The values as integers in their order."""
        if not self._source.is_float:
            return self.taken.values
        values = np.empty(len(self.taken.values), np.int64)
        starts = self.sweep.starts
        self.sweep.each(lambda a, b: order.ordinals(starts[a], starts[b], self.taken.values, values))
        return values

    def _window(self, ask: Ask) -> int:
        return self.group.windows.index(ask.window)

    def _count(self) -> None:
        sweep, group = self.sweep, self.group
        sweep.each(
            lambda a, b: ranges.count(
                a, b, sweep.starts, sweep.query_starts, self.taken.both, group.lo, group.hi, group.late,
                group.enter_order, sweep.stamps, group.enter, group.reach, group.inclusive, sweep.out_rows, self.counts,
            )
        )  # fmt: skip

    def _moments(self, asks: Sequence[Ask]) -> dict[str, pa.Array]:
        sweep, group, source = self.sweep, self.group, self._source

        def wanted(*kinds: type[Aggregate]) -> Table:
            return self.zeros() if any(type(ask.aggregate) in kinds for ask in asks) else _UNWANTED

        sums, means, variances = wanted(Sum), wanted(Mean), wanted(Var, Std)
        overflows: list[tuple[int, int]] = []

        def work(a: int, b: int) -> None:
            overflow = np.array([0, -1], np.int64)
            moments(
                a, b, sweep.starts, sweep.query_starts, self.taken.values, self.taken.both, int(source.is_float),
                group.lo, group.hi.reshape(1, -1), group.late, group.enter_order, sweep.stamps, group.enter,
                group.reach, group.inclusive, sweep.out_rows, sums, means, variances, _DDOF, self.counts, overflow,
            )  # fmt: skip
            if overflow[0]:
                overflows.append((int(overflow[0]), int(overflow[1])))

        sweep.each(work)
        if overflows:
            self._refuse_overflow(asks, sum(found for found, _ in overflows), overflows[0][1], "int64")
        done: dict[str, pa.Array] = {}
        for ask in asks:
            w = self._window(ask)
            values, enough = means, 1
            if isinstance(ask.aggregate, Sum):
                values = sums
            elif isinstance(ask.aggregate, Var | Std):
                values, enough = variances, _DDOF + 1
            answer = values[w]
            if isinstance(ask.aggregate, Std):
                answer = np.sqrt(answer.view(np.float64)).view(np.int64)
            done[ask.name] = from_ints(answer, self.counts[w] >= enough, ask.kind)
        return done

    def _refuse_overflow(self, asks: Sequence[Ask], found: int, row: int, kind: str) -> None:
        names = ", ".join(ask.name for ask in asks if isinstance(ask.aggregate, Sum))
        raise DataError(
            f"source {self.sweep.source!r}: the sum for {names} does not fit into {kind} in {found:,} windows, one of "
            f"them that of query row {row} here. Sum a wider type, such as col(...) * 1.0 (float64), or over less time."
        )

    def _extremes(self, asks: Sequence[Ask], greatest: bool) -> dict[str, pa.Array]:
        if not asks:
            return {}
        sweep, group, values = self.sweep, self.group, self._ordered
        out = self.zeros()
        if group.late:
            priority = ~values if greatest else values
            self._heap(priority, values, self.taken.both, self.taken.both, out)
        else:
            sweep.each(
                lambda a, b: select.extreme(
                    a, b, sweep.starts, sweep.query_starts, values, self.taken.both, int(greatest), group.lo, group.hi,
                    sweep.out_rows, out,
                )
            )  # fmt: skip
        return self._decoded(asks, out, (self.counts > 0).view(np.uint8))

    def _picks(self, asks: Sequence[Ask], newest: bool, skip: bool) -> dict[str, pa.Array]:
        if not asks:
            return {}
        sweep, group, taken, values = self.sweep, self.group, self.taken, self._ordered
        positions = np.arange(len(values), dtype=np.int32)
        ranks = np.stack([taken.present.astype(np.int64), np.where(taken.present != 0, values, 0)])
        sweep.each(lambda a, b: order.tie_order(a, b, sweep.starts, sweep.fresh, ranks, positions))
        mask = taken.both if skip else taken.rows
        out, valid = self.zeros(), np.zeros(self.counts.shape, np.uint8)
        if group.late:
            priority = np.empty(len(positions), np.int64)
            priority[positions] = np.arange(len(positions))
            self._heap(~priority if newest else priority, values, taken.present, mask, out, valid)
        else:
            sweep.each(
                lambda a, b: select.pick(
                    a, b, sweep.starts, sweep.query_starts, positions, values, taken.present, mask, int(newest),
                    group.lo, group.hi, sweep.out_rows, out, valid,
                )
            )  # fmt: skip
        return self._decoded(asks, out, valid)

    def _heap(
        self,
        priority: Ints,
        values: Ints,
        present: npt.NDArray[np.uint8],
        mask: npt.NDArray[np.uint8],
        out: Table,
        valid: npt.NDArray[np.uint8] | None = None,
    ) -> None:
        sweep, group = self.sweep, self.group
        valid = np.zeros(out.shape, np.uint8) if valid is None else valid
        sweep.each(
            lambda a, b: select.first_of(
                a, b, sweep.starts, sweep.query_starts, priority, values, present, mask, group.lo, group.hi,
                group.enter_order, sweep.stamps, group.enter, group.reach, group.inclusive, sweep.out_rows, out, valid,
            )
        )  # fmt: skip

    def _decoded(self, asks: Sequence[Ask], out: Table, valid: npt.NDArray[np.uint8]) -> dict[str, pa.Array]:
        if self._source.is_float:
            out = ordinals(out)
        return {ask.name: self._source.decode(out[self._window(ask)], valid[self._window(ask)]) for ask in asks}

    def _decimals(self, asks: Sequence[Ask]) -> dict[str, pa.Array]:
        sweep, group, source, taken = self.sweep, self.group, self._source, self.taken
        assert source.ranks is not None
        values = source.ranks.take(pa.array(taken.values, mask=taken.present == 0))
        names: dict[type[Aggregate], Moment] = {Sum: "sum", Mean: "mean", Var: "variance", Std: "variance"}
        late = Late(group.enter_order, sweep.stamps, group.enter, group.reach, bool(group.inclusive))
        found = decimal_moments(
            values,
            taken.both,
            group.lo,
            group.hi.reshape(1, -1),
            sweep.out_rows,
            wants={names[type(ask.aggregate)] for ask in asks},
            size=sweep.size,
            late=late if group.late else None,
            ddof=_DDOF,
        )
        if found.overflow[0]:
            self._refuse_overflow(asks, *found.overflow, f"decimal128(38, {source.kind.scale})")
        done: dict[str, pa.Array] = {}
        for ask in asks:
            w = self._window(ask)
            valid = self.counts[w] > (_DDOF if isinstance(ask.aggregate, Var | Std) else 0)
            if isinstance(ask.aggregate, Sum):
                assert found.sums is not None
                done[ask.name] = scaled(found.sums[w], valid, source.kind.scale)
                continue
            answer = found.variances if isinstance(ask.aggregate, Var | Std) else found.means
            assert answer is not None
            values = np.sqrt(answer[w]) if isinstance(ask.aggregate, Std) else answer[w]
            done[ask.name] = from_ints(values.view(np.int64), valid, ask.kind)
        return done


def _skips(ask: Ask) -> bool:
    return isinstance(ask.aggregate, Last) and ask.aggregate.skip_null
