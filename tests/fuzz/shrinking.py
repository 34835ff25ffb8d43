"""Makes a failing case small: fewer outputs, rows, events and options, plainer values, as long as it fails the same."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from tests.fuzz import simpler
from tests.fuzz.case import Case
from tests.fuzz.expected import asked

Fails = Callable[[Case], bool]
Item = TypeVar("Item")
#: of one way before it is the turn of others, which may get further: a long window beside far times shrinks by inches
_STEPS = 30


def shrunk(case: Case, fails: Fails, output: int | None = None, seconds: float = 60.0) -> Case:
    """A smaller case for which `fails` holds too, found in about so many seconds; `output` is one that is wrong."""
    until = time.monotonic() + seconds

    def holds(smaller: Case) -> bool:
        return time.monotonic() < until and fails(smaller)

    outputs = [(one.view, one.feature, one.window) for one in asked(case)]
    if output is not None and holds(case.selected({outputs[output]})):
        case = case.selected({outputs[output]})
    while time.monotonic() < until:
        before = case
        case = _fewer_outputs(case, holds)
        case = _first(case, holds, [case.pruned()])
        case = _fewer_rows(case, holds)
        for ways in simpler.WAYS:
            case = _repeated(case, holds, ways)
        if case == before:
            break
    return case


def _first(case: Case, holds: Fails, candidates: Sequence[Case] | Iterator[Case]) -> Case:
    """The first candidate that fails too, else the case."""
    return next((one for one in candidates if one != case and holds(one)), case)


def _repeated(case: Case, holds: Fails, ways: Callable[[Case], Iterator[Case]]) -> Case:
    for _ in range(_STEPS):
        smaller = _first(case, holds, ways(case))
        if smaller is case:
            break
        case = smaller
    return case


def _fewer_outputs(case: Case, holds: Fails) -> Case:
    outputs = [(one.view, one.feature, one.window) for one in asked(case)]
    kept = least(outputs, lambda some: holds(case.selected(set(some))))
    return case.selected(set(kept)) if len(kept) < len(outputs) else case


def _fewer_rows(case: Case, holds: Fails) -> Case:
    places = least(range(len(case.rows)), lambda some: holds(replace(case, rows=case.rows.take(some))))
    case = replace(case, rows=case.rows.take(places))
    for name in case.tables:
        case = _fewer_events(case, name, holds)
    return case


def _fewer_events(case: Case, name: str, holds: Fails) -> Case:
    def kept(some: Sequence[int]) -> Case:
        return replace(case, tables={**case.tables, name: case.tables[name].take(some)})

    return kept(least(range(len(case.tables[name])), lambda some: holds(kept(some))))


def least(items: Sequence[Item], holds: Callable[[Sequence[Item]], bool]) -> Sequence[Item]:
    """A part of `items` for which `holds` is true and of which no half, quarter ... or single one can be left out."""
    items = list(items)
    size = len(items)
    while size:
        at = 0
        while at < len(items):
            fewer = items[:at] + items[at + size :]
            if holds(fewer):
                items = fewer
            else:
                at += size
        size = min(size // 2, len(items)) if size > 1 else 0
    return items
