"""Functions of several expressions, each of which may be a plain value of Python."""

from __future__ import annotations

from dataclasses import dataclass

from ropeway.transforms.errors import DeclarationError
from ropeway.transforms.expressions.tree import Expression, call


def when(condition: object) -> When:
    """The beginning of a choice: `when(condition).then(value)`, more of these, and `.otherwise(value)` at its end.

    The value beside the first condition that is true; one that is missing is not true. Values are of one kind, numbers
    of the wider type. All of them are computed in each row: what does not fit raises also where it is not taken.

    >>> import ropeway as rw
    >>> from ropeway.transforms.expressions.row import value_of
    >>> late = rw.when(rw.col("delay") > 15).then("late").when(rw.col("delay") <= 15).then("on time").otherwise(None)
    >>> value_of(late, delay=20.0), value_of(late, delay=float("nan"))
    ('late', None)
    >>> late
    when((col("delay") > 15)).then("late").when((col("delay") <= 15)).then("on time").otherwise(lit(None))
    """
    return When((), _condition(condition))


@dataclass(frozen=True, eq=False)
class When:
    """A condition that waits for its value, `.then(value)`."""

    taken: tuple[object, ...]
    condition: object

    def then(self, value: object) -> Then:
        """The choice, if the condition is true, of a value; None is null."""
        return Then((*self.taken, self.condition, value))


@dataclass(frozen=True, eq=False)
class Then:
    """Choices that wait for what is taken otherwise; not an expression before."""

    taken: tuple[object, ...]

    def when(self, condition: object) -> When:
        """A further condition, which matters where none before it is true."""
        return When(self.taken, _condition(condition))

    def otherwise(self, value: object) -> Expression:
        """The expression, which is `value` where no condition is true; None is null."""
        return call("when", *self.taken, value)


def _condition(given: object) -> object:
    if not isinstance(given, Expression | bool):
        hint = "; end the choice before it by .otherwise(...)" if isinstance(given, Then) else ""
        raise DeclarationError(f'when({given!r}): expected a condition, such as when(rw.col("x") > 0){hint}.')
    return given


def coalesce(*values: object) -> Expression:
    """The first value that is there, neither null nor NaN; all are of one kind, numbers of the wider type.

    >>> import ropeway as rw
    >>> from ropeway.transforms.expressions.row import value_of
    >>> value_of(rw.coalesce(rw.col("x"), rw.col("y"), 0), x=float("nan"), y=None)
    0.0
    """
    return call("coalesce", *_some("coalesce", values, 1))


def greatest(*values: object) -> Expression:
    """The greatest of the values that are there, as Spark and pandas have it; null only where all are missing.

    Of equal values it is the first: `greatest(0.0, -0.0)` is 0.0. Strings go by their bytes.

    >>> import ropeway as rw
    >>> from ropeway.transforms.expressions.row import value_of
    >>> value_of(rw.greatest(rw.col("x"), rw.col("y")), x=None, y=-1)
    -1
    """
    return call("greatest", *_some("greatest", values, 2))


def least(*values: object) -> Expression:
    """The least of the values that are there; null only where all are missing. Of equal values it is the first.

    >>> import ropeway as rw
    >>> from ropeway.transforms.expressions.row import value_of
    >>> value_of(rw.least(rw.col("x"), 5), x=float("nan"))
    5.0
    """
    return call("least", *_some("least", values, 2))


def concat(*values: object) -> Expression:
    """Strings one behind the other; null where one is missing. A plain string is text, not a column's name.

    >>> import ropeway as rw
    >>> from ropeway.transforms.expressions.row import value_of
    >>> route = rw.concat(rw.col("origin"), "-", rw.col("dest"))
    >>> value_of(route, origin="JFK", dest="LAX"), value_of(route, origin="JFK", dest=None)
    ('JFK-LAX', None)
    """
    return call("concat", *_some("concat", values, 1))


def atan2(y: object, x: object) -> Expression:
    """The angle in radians, -pi to pi, of the point (x, y): y comes first, as everywhere.

    >>> import ropeway as rw
    >>> from ropeway.transforms.expressions.row import value_of
    >>> value_of(rw.atan2(rw.col("y"), rw.col("x")), y=0.0, x=-1.0)
    3.141592653589793
    """
    return call("atan2", y, x)


def hypot(x: object, y: object) -> Expression:
    """The length of (x, y), without overflow on the way.

    >>> import ropeway as rw
    >>> from ropeway.transforms.expressions.row import value_of
    >>> value_of(rw.hypot(rw.col("x"), 0), x=1e200)
    1e+200
    """
    return call("hypot", x, y)


def _some(what: str, values: tuple[object, ...], fewest: int) -> tuple[object, ...]:
    if len(values) < fewest:
        raise DeclarationError(f"{what}() of {len(values)} values: expected {fewest} or more.")
    return values
