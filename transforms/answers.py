"""From a sweep to answers: each family once for all outputs that share an input, a filter and a group of windows."""

from collections.abc import Sequence

import pyarrow as pa

from ropeway.transforms.columns import Column
from ropeway.transforms.families import Ask, Counts, Decimals, Family, Moments, Part, Room
from ropeway.transforms.selections import Extremes, Picks, is_newest, skips
from ropeway.transforms.sweep import Group, Sweep, Taken, alike
from ropeway.transforms.windows import Window


def answers(sweep: Sweep, asks: Sequence[Ask]) -> list[pa.Array]:
    """One Arrow array per ask, in the order of the queries as they came; nothing (0 for counts) for unknown keys."""
    if any(ask.aggregate.ordered or ask.window.rows is not None for ask in asks):
        assert len(sweep.fresh) == len(sweep.order)  # puts rows of one time into order, before columns are settled
    done: dict[str, pa.Array] = {}
    ends: dict[object, list[Ask]] = {}
    for ask in asks:
        ends.setdefault(alike(ask.window), []).append(ask)
    for sharing in ends.values():
        columns: dict[tuple[int | None, ...], list[Ask]] = {}
        for ask in sharing:
            columns.setdefault((ask.input, ask.other, ask.filter), []).append(ask)
        if sharing[0].window.rows is not None:
            for same in columns.values():
                done.update(_of_rows(sweep, same))
            continue
        group = sweep.group(_windows(sharing))
        found = group.late is not None
        if not found and any(_windows(same) != list(group.windows) for same in columns.values()):
            sweep.each([group.find])  # a column that needs only some of them takes those out
            found = True
        for same in columns.values():
            done.update(_of_column(sweep, group.only(_windows(same)), same, None, find=not found))
            found = True
    return [done[ask.name] for ask in asks]


def _windows(asks: Sequence[Ask]) -> list[Window]:
    return list(dict.fromkeys(ask.window for ask in asks))


def _of_rows(sweep: Sweep, asks: Sequence[Ask]) -> dict[str, pa.Array]:
    """The answers over windows of the last rows, of which the values of an input and a filter decide."""
    source, taken = _taken(sweep, asks[0])
    arranged = sweep.arrange(taken, source is not None and source.is_float)
    return _of_column(sweep, sweep.group(_windows(asks), arranged), asks, arranged, find=False)


def _taken(sweep: Sweep, ask: Ask) -> tuple[Column | None, Taken]:
    source = None if ask.input is None else sweep.events.inputs[ask.input]
    return source, sweep.take(source, None if ask.filter is None else sweep.events.filters[ask.filter])


def _of_column(
    sweep: Sweep, group: Group, asks: Sequence[Ask], taken: Taken | None, *, find: bool
) -> dict[str, pa.Array]:
    """The answers about one input and one filter; `find` the ranges of the windows on the way."""
    source = None if asks[0].input is None else sweep.events.inputs[asks[0].input]
    if taken is None:
        taken = _taken(sweep, asks[0])[1]
    room = Room(sweep)
    before = sweep.events.before.get((asks[0].input, asks[0].filter))
    families = _families(Part(sweep, group, source, taken, room, before), asks)
    room.open()
    own = [taken.settle, *([group.find] if find else [])]
    sweep.each(
        own + [step for family in families for step in family.own()],
        [step for family in families for step in family.joint()],
        [step for family in families for step in family.last()],
    )
    done: dict[str, pa.Array] = {}
    for family in families:
        done.update(family.answers())
    return done


def _families(part: Part, asks: Sequence[Ask]) -> list[Family]:
    """A family for each kind of ask there is; the one that counts comes first, since others look at its counts."""
    counts = Counts(part, [ask for ask in asks if ask.aggregate.family == "count"])
    made: list[Family] = [counts]
    if moments := [ask for ask in asks if ask.aggregate.family == "moment"]:
        made.append((Decimals if pa.types.is_decimal(part.column.kind) else Moments)(part, moments, counts))
    if extremes := [ask for ask in asks if ask.aggregate.family == "extreme"]:
        made.append(Extremes(part, extremes, counts))
    picks = [ask for ask in asks if ask.aggregate.family == "pick"]
    for newest, skip in sorted({(is_newest(ask), skips(ask)) for ask in picks}):
        same = [ask for ask in picks if (is_newest(ask), skips(ask)) == (newest, skip)]
        made.append(Picks(part, same, newest=newest, skip=skip))
    return made
