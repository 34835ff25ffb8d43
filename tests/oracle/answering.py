"""Which rows a query is told, and the answer of each aggregate."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tests.oracle import calendars, lists, moments, powers, sessions, tallies
from tests.oracle.changes import Changes
from tests.oracle.wanted import OVERFLOW, Held, Row, Wanted, missing, order

#: what makes an answer of the rows of a window, by the aggregate's name
_ANSWERS: dict[str, Callable[[Held], Any]] = {
    **lists.ANSWERS,
    **moments.ANSWERS,
    **powers.ANSWERS,
    **sessions.ANSWERS,
    **tallies.ANSWERS,
}

#: the rows of each key
_Histories = dict[tuple[Any, ...], list[Row]]


def answers(
    wanted: Wanted,
    rows: Sequence[Row],
    events: Sequence[Row] | Changes,
    *,
    keys: Mapping[str, str],
    time: str = "t",
    query_time: str = "t",
    available: str | None = None,
    tiebreak: Sequence[str] = (),
    where: Callable[[Row], bool | None] = lambda row: True,
) -> list[Any]:
    """The answer for each row; `keys` maps the columns of events to those of rows; `where` is the source's."""
    at_once = wanted.closed in ("right", "both")
    whole = None if isinstance(events, Changes) else _histories(wanted, events, keys, where)
    found: dict[int | None, _Histories] = {}
    made = []
    for row in rows:
        t, histories = row[query_time], whole
        if isinstance(events, Changes):
            seen = None if wanted.ahead else t
            if seen not in found:
                found[seen] = _histories(wanted, events.known(seen, at_once=at_once), keys, where)
            histories = found[seen]
        assert histories is not None
        history = histories.get(tuple(row[name] for name in keys.values()), [])
        made.append(_answer(Held(wanted, t, inside(wanted, history, t, time, available), time, tuple(tiebreak))))
    return made


def _histories(
    wanted: Wanted, events: Sequence[Row], keys: Mapping[str, str], where: Callable[[Row], bool | None]
) -> _Histories:
    histories: _Histories = {}
    for event in events:
        key = tuple(event[name] for name in keys)
        if None not in key and where(event) is True and wanted.where(event) is True:
            histories.setdefault(key, []).extend(_elements(wanted, event))
    return histories


def _elements(wanted: Wanted, event: Row) -> list[Row]:
    """The row, or a row for each element of its list."""
    if not wanted.explode:
        return [event]
    assert wanted.column is not None
    return [{**event, wanted.column: element} for element in event[wanted.column] or []]


def inside(wanted: Wanted, history: Sequence[Row], t: int, time: str, available: str | None) -> list[Row]:
    """The rows of one key that are in the window of a query at t, and known to it."""
    if wanted.ahead:
        assert wanted.width is not None
        return [event for event in history if t <= event[time] < t + wanted.width]
    right, left = wanted.closed in ("right", "both"), wanted.closed in ("left", "both")
    end = t - wanted.offset
    if right:
        held = [event for event in history if event[time] <= end]
    else:
        held = [event for event in history if event[time] < end]
    if wanted.calendar is not None or wanted.width is not None:
        begin = (
            end - wanted.width if wanted.width is not None else calendars.begin(end, str(wanted.calendar), wanted.tz)
        )
        held = [event for event in held if (event[time] >= begin if left else event[time] > begin)]
    if available is not None:
        held = [event for event in held if (event[available] <= t if right else event[available] < t)]
    return held


def _answer(held: Held) -> Any:
    wanted = held.wanted
    made = _of_window(held)
    over = wanted.complete_until is None or held.t + (wanted.width or 0) <= wanted.complete_until
    # what does not fit is an error, also in a window that is not over
    return made if over or made is OVERFLOW else None


def _of_window(held: Held) -> Any:
    wanted = held.wanted
    rows = held.rows if wanted.rows is None else held.in_order()[-wanted.rows :]
    if wanted.by is None:
        return _of(held, rows)
    groups: dict[Any, list[Row]] = {}
    for row in rows:
        if not missing(row[wanted.by]):
            groups.setdefault(row[wanted.by], []).append(row)
    made = {category: _of(held, groups[category]) for category in sorted(groups, key=order)}
    return OVERFLOW if any(value is OVERFLOW for value in made.values()) else made


def _of(held: Held, rows: list[Row]) -> Any:
    return _ANSWERS[held.wanted.aggregate](Held(held.wanted, held.t, rows, held.time, held.tiebreak))
