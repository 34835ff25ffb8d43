"""The rows of a table of changes as they were known at a time: each change replayed by hand."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.oracle.wanted import Row, order


@dataclass(frozen=True)
class Changes:
    """Rows that insert, update or delete a row which `row_key` names; `op` says what, and without it nothing is gone.

    Each is known from its `available` on; of those known at one time the one that is greater by `tiebreak` came later.
    """

    rows: Sequence[Row]
    row_key: tuple[str, ...]
    available: str
    op: str | None = None
    tiebreak: tuple[str, ...] = ()
    _found: dict[object, list[Row]] = field(default_factory=dict)

    def known(self, t: int | None, *, at_once: bool) -> list[Row]:
        """The rows as they stand before t, or (`at_once`) at t; of None in the end."""
        if (t, at_once) not in self._found:
            self._found[t, at_once] = self._replayed(t, at_once)
        return self._found[t, at_once]

    def _replayed(self, t: int | None, at_once: bool) -> list[Row]:
        state: dict[tuple[Any, ...], Row] = {}
        for change in sorted(self.rows, key=self._place):
            known = change[self.available]
            if t is None or known < t or (at_once and known == t):
                name = tuple(change[one] for one in self.row_key)
                if self.op is not None and change[self.op] == "delete":
                    state.pop(name, None)
                else:
                    state[name] = change
        return list(state.values())

    def _place(self, change: Row) -> Any:
        return change[self.available], [order(change[name]) for name in self.tiebreak]
