"""How events and queries share columns on their way through one shuffle.

Events and queries are unioned. A column of one side would be null on the other side's rows, and cost its width there;
so both sides share slots: the first string column of each stands in the first string slot, and so on by type.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Layout:
    """For each side its columns and their slots; `slots` maps each slot to its type, as Spark writes it."""

    slots: Mapping[str, str]
    events: Mapping[str, str]
    queries: Mapping[str, str]


def layout(
    events: Sequence[tuple[str, str]], queries: Sequence[tuple[str, str]], shared: Sequence[tuple[str, str]] = ()
) -> Layout:
    """Slots for the (name, type) columns of both sides; `shared` pairs of columns, keys, stand in one slot each.

    >>> layout([("tail", "string"), ("delay", "double")], [("plane", "string"), ("x", "double"), ("y", "double")],
    ...        shared=[("tail", "plane")])
    Layout(slots={'s0': 'string', 's1': 'double', 's2': 'double'}, events={'tail': 's0', 'delay': 's1'},
           queries={'plane': 's0', 'x': 's1', 'y': 's2'})
    """
    slots: dict[str, str] = {}
    left: dict[str, str] = {}
    right: dict[str, str] = {}
    types = dict(events)
    for event, query in shared:
        slot = left.get(event) or right.get(query) or f"s{len(slots)}"
        if event in left or query in right:
            continue
        slots[slot] = types[event]
        left[event] = right[query] = slot
    free: dict[str, list[str]] = {}
    for name, kind in events:
        if name not in left:
            left[name] = f"s{len(slots)}"
            slots[left[name]] = kind
            free.setdefault(kind, []).append(left[name])
    for name, kind in queries:
        if name not in right:
            waiting = free.get(kind)
            right[name] = waiting.pop(0) if waiting else f"s{len(slots)}"
            slots[right[name]] = kind
    return Layout(slots, {name: left[name] for name, _ in events}, {name: right[name] for name, _ in queries})
