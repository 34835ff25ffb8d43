"""From a sweep to answers: each family once for all outputs that share an input, a filter and a group of windows."""

from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

import pyarrow as pa

from ropeway.transforms.aggregates.lists import LastN
from ropeway.transforms.aggregates.sessions import SessionStart
from ropeway.transforms.aggregates.tallies import Histogram
from ropeway.transforms.columns import Column, as_floats
from ropeway.transforms.families import Ask, Counts, Decimals, Family, Moments, Part, Room
from ropeway.transforms.powers import Powers, kind_of
from ropeway.transforms.selections import Ages, Extremes, Picks, Starts, is_newest, skips
from ropeway.transforms.sliding import ByValue, Histograms, Lists, Quantiles, Sketches, Streaks, Tallies
from ropeway.transforms.sweep import Floors, Group, Sweep, Taken, alike
from ropeway.transforms.windows import Window

Key = TypeVar("Key", bound=Hashable)


def answers(sweep: Sweep, asks: Sequence[Ask]) -> list[pa.Array]:
    """One Arrow array per ask, in the order of the queries as they came; nothing (0 for counts) for unknown keys."""
    if any(ask.aggregate.ordered for ask in asks):
        assert len(sweep.fresh) == len(sweep.order)  # puts rows of one time into order, before columns are settled
    done: dict[str, pa.Array] = {}
    ends: dict[object, list[Ask]] = {}
    for ask in asks:
        ends.setdefault(alike(ask.window), []).append(ask)
    for sharing in ends.values():
        columns: dict[tuple[int | None, ...], list[Ask]] = {}
        for ask in sharing:
            columns.setdefault((ask.input, ask.other, ask.filter, _in_floats(ask)), []).append(ask)
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
    arranged = sweep.arrange(_taken(sweep, asks[0]))
    return _of_column(sweep, sweep.group(_windows(asks), arranged), asks, arranged, find=False)


def floors(sweep: Sweep, asks: Sequence[Ask]) -> Floors:
    """Where the windows of the last rows begin in which categories are told apart, of one input and one filter."""
    arranged = sweep.arrange(_taken(sweep, asks[0]))
    return sweep.floors(_windows(asks), arranged)


def _taken(sweep: Sweep, ask: Ask) -> Taken:
    category = None if ask.category is None else sweep.events.inputs[ask.category]
    filtered = None if ask.filter is None else sweep.events.filters[ask.filter]
    return sweep.take(_column(sweep, ask, ask.input), filtered, _column(sweep, ask, ask.other), category)


def _column(sweep: Sweep, ask: Ask, number: int | None) -> Column | None:
    """The input of that number, as the family of an ask takes it."""
    if number is None:
        return None
    found = sweep.events.inputs[number]
    return as_floats(found) if _in_floats(ask) else found


def _in_floats(ask: Ask) -> bool:
    """Whether decimals are computed with as floats."""
    return ask.aggregate.family in ("quantile", "power")


def _of_column(
    sweep: Sweep, group: Group, asks: Sequence[Ask], taken: Taken | None, *, find: bool
) -> dict[str, pa.Array]:
    """The answers about one input and one filter; `find` the ranges of the windows on the way."""
    source = _column(sweep, asks[0], asks[0].input)
    if taken is None:
        taken = _taken(sweep, asks[0])
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
    by_kind: dict[str, list[Ask]] = {}
    for ask in asks:
        by_kind.setdefault(ask.aggregate.family, []).append(ask)
    counts = Counts(part, by_kind.pop("count", []))
    made: list[Family] = [counts]
    if "moment" in by_kind:
        family = Decimals if pa.types.is_decimal(part.column.kind) else Moments
        made.append(family(part, by_kind["moment"], counts))
    if "extreme" in by_kind:
        made.append(Extremes(part, by_kind["extreme"], counts))
    for (newest, skip), same in _split(by_kind.get("pick", []), lambda ask: (is_newest(ask), skips(ask))):
        made.append(Picks(part, same, newest=newest, skip=skip))
    for newest, same in _split(by_kind.get("age", []), is_newest):
        made.append(Ages(part, same, newest=newest))
    for gap, same in _split(by_kind.get("session", []), _gap):
        made.append(Starts(part, same, gap))
    if "streak" in by_kind:
        made.append(Streaks(part, by_kind["streak"], counts))
    for _, same in _split(by_kind.get("sketch", []), lambda ask: ask.aggregate):
        made.append(Sketches(part, same))
    for kind, same in _split(by_kind.get("power", []), kind_of):
        made.append(Powers(part, same, counts, kind))
    ordered = [ask for kind in ("nth", "tally", "quantile") for ask in by_kind.get(kind, [])]
    if ordered:
        by_value = ByValue(part, needed=not all(isinstance(ask.aggregate, LastN) for ask in ordered))
        made.append(by_value)
        maps, tallied = (
            [ask for ask in by_kind.get("tally", []) if isinstance(ask.aggregate, Histogram) is wanted]
            for wanted in (True, False)
        )
        made += [Lists(part, by_kind["nth"], by_value)] if "nth" in by_kind else []
        made += [Histograms(part, maps, by_value)] if maps else []
        made += [Tallies(part, tallied, counts, by_value)] if tallied else []
        made += [Quantiles(part, by_kind["quantile"], counts, by_value)] if "quantile" in by_kind else []
    return made


def _gap(ask: Ask) -> int:
    assert isinstance(ask.aggregate, SessionStart)
    return ask.aggregate.micros


def _split(asks: Sequence[Ask], by: Callable[[Ask], Key]) -> list[tuple[Key, list[Ask]]]:
    """The asks by what they have in common."""
    groups: dict[Key, list[Ask]] = {}
    for ask in asks:
        groups.setdefault(by(ask), []).append(ask)
    return list(groups.items())
