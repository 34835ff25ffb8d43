"""Streaks of rows that come in any order."""

from itertools import permutations

from ropeway.transforms.aggregates.base import Row
from ropeway.transforms.aggregates.streaks import LongestStreak


def test_a_late_row_breaks_a_streak() -> None:
    streak = LongestStreak()
    state = streak.start()
    for at in (1, 2, 4, 5, 6):
        state = streak.update(state, Row(True, at=at))
    assert streak.finish(state) == 5
    assert streak.finish(streak.update(state, Row(None, at=3))) == 5
    assert streak.finish(streak.update(state, Row(False, at=3))) == 3


def test_ties_go_by_the_tiebreak_then_false_before_true() -> None:
    rows = [Row(True, at=1), Row(True, at=2), Row(False, at=2), Row(True, at=3, ties=(1,)), Row(False, at=3, ties=(2,))]
    rows = [Row(row.value, None, row.at, row.ties or (0,)) for row in rows]
    for drawn in permutations(rows):
        streak = LongestStreak()
        state = streak.start()
        for row in drawn:
            state = streak.update(state, row)
        assert streak.finish(state) == 2
