"""The aggregates as they are declared: `count()`, `sum("x")`, `mean(col("x") * 2)` and so on give a `Feature`.

A column is given by its name or as an expression, which needs `.alias`. Null and NaN are missing and skipped.
"""

from ropeway.features.feature import Feature
from ropeway.features.names import checked_column
from ropeway.transforms.aggregates.base import Aggregate
from ropeway.transforms.aggregates.count import Count
from ropeway.transforms.aggregates.extremes import All, Any, Max, Min
from ropeway.transforms.aggregates.moments import Mean, Std, Sum, Var
from ropeway.transforms.aggregates.picks import First, Last
from ropeway.transforms.errors import DeclarationError
from ropeway.transforms.expressions import Expression, col

Input = str | Expression


def count(column: Input | None = None) -> Feature:
    """How many rows there are; with a column, how many have a value. 0 where there is none.

    >>> import ropeway as rw
    >>> rw.count().over("7d"), rw.count("dep_delay").over("7d")
    (count().over("7d"), count("dep_delay").over("7d"))
    """
    return Feature(Count()) if column is None else _feature(Count(), column)


def sum(column: Input) -> Feature:
    """The exact sum: int64 of integers and booleans, decimal of decimals, float64 rounded once; null of nothing.

    An integer or decimal sum that does not fit raises `DataError`.

    >>> import ropeway as rw
    >>> rw.sum("distance").over("30d")
    sum("distance").over("30d")
    """
    return _feature(Sum(), column)


def mean(column: Input) -> Feature:
    """The exact mean, rounded once to float64; null of nothing.

    >>> import ropeway as rw
    >>> rw.mean(rw.col("arr_delay") - rw.col("dep_delay")).over("7d").alias("made_up")
    mean(col("arr_delay") - col("dep_delay")).over("7d").alias("made_up")
    """
    return _feature(Mean(), column)


def var(column: Input) -> Feature:
    """The exact sample variance (n - 1 below), rounded once to float64; null of fewer than two values.

    >>> import ropeway as rw
    >>> rw.var("arr_delay").over("7d")
    var("arr_delay").over("7d")
    """
    return _feature(Var(), column)


def std(column: Input) -> Feature:
    """The square root of `var`.

    >>> import ropeway as rw
    >>> rw.std("arr_delay").over("7d")
    std("arr_delay").over("7d")
    """
    return _feature(Std(), column)


def min(column: Input) -> Feature:
    """The least value; strings by their UTF-8 bytes, -0.0 before 0.0; null of nothing.

    >>> import ropeway as rw
    >>> rw.min("dep_delay").over("1d")
    min("dep_delay").over("1d")
    """
    return _feature(Min(), column)


def max(column: Input) -> Feature:
    """The greatest value; strings by their UTF-8 bytes, 0.0 after -0.0; null of nothing.

    >>> import ropeway as rw
    >>> rw.max("dep_delay").over("1d")
    max("dep_delay").over("1d")
    """
    return _feature(Max(), column)


def any(column: Input) -> Feature:
    """Whether a condition or boolean column is true in some row; null of nothing.

    >>> import ropeway as rw
    >>> rw.any(rw.col("arr_delay") > 120).over("1d").alias("very_late")
    any(col("arr_delay") > 120).over("1d").alias("very_late")
    """
    return _feature(Any(), column)


def all(column: Input) -> Feature:
    """Whether a condition or boolean column is true in every row that has one; null of nothing.

    >>> import ropeway as rw
    >>> rw.all("on_time").over("1d")
    all("on_time").over("1d")
    """
    return _feature(All(), column)


def first(column: Input, *, skip_null: bool = True) -> Feature:
    """The value of the oldest row that has one; with `skip_null=False` of the oldest row, whether it has one or not.

    Ties on the timestamp go by the source's tiebreak, then by the value. Without a tiebreak the values of two columns
    may come from different rows of the same time.

    >>> import ropeway as rw
    >>> rw.first("origin").over("1d")
    first("origin").over("1d")
    """
    return _feature(First(_checked_flag(skip_null)), column)


def last(column: Input, *, skip_null: bool = True) -> Feature:
    """The value of the newest row that has one; with `skip_null=False` of the newest row, whether it has one or not.

    Ties on the timestamp go as for `first`. A bare string among the features of a view is
    `last(string, skip_null=False).alias(string)`.

    >>> import ropeway as rw
    >>> rw.last("dest", skip_null=False)
    last("dest", skip_null=False)
    """
    return _feature(Last(_checked_flag(skip_null)), column)


def _feature(aggregate: Aggregate, column: Input) -> Feature:
    if isinstance(column, Expression):
        return Feature(aggregate, column)
    if not isinstance(column, str):
        raise DeclarationError(
            f"{aggregate.name}({column!r}): expected the name of a column, or an expression such as col('x') * 2."
        )
    return Feature(aggregate, col(checked_column(column, f"{aggregate.name}()")))


def _checked_flag(skip_null: object) -> bool:
    if not isinstance(skip_null, bool):
        raise DeclarationError(f"skip_null={skip_null!r}: expected True or False.")
    return skip_null
