"""The aggregates as they are declared: `count()`, `sum("x")`, `mean(col("x") * 2)` and so on give a `Feature`.

A column is given by its name or as an expression, which needs `.alias`. Null and NaN are missing and skipped.
"""

from datetime import timedelta

from ropeway.features.feature import Feature
from ropeway.features.names import checked_column
from ropeway.transforms import durations
from ropeway.transforms.aggregates.ages import TimeSinceFirst, TimeSinceLast
from ropeway.transforms.aggregates.base import Aggregate
from ropeway.transforms.aggregates.count import Count
from ropeway.transforms.aggregates.extremes import All, Any, Max, Min
from ropeway.transforms.aggregates.lists import BottomN, FirstN, LastN, TopN
from ropeway.transforms.aggregates.moments import Mean, Std, Sum, Var
from ropeway.transforms.aggregates.picks import First, Last
from ropeway.transforms.aggregates.powers import Correlation, Kurtosis, Skew, Trend, WeightedMean
from ropeway.transforms.aggregates.quantiles import Median, Quantile
from ropeway.transforms.aggregates.sessions import SessionStart
from ropeway.transforms.aggregates.sketches import ApproxCountDistinct
from ropeway.transforms.aggregates.streaks import LongestStreak
from ropeway.transforms.aggregates.tallies import CountDistinct, Entropy, Histogram, Mode, ModeShare
from ropeway.transforms.aggregates.vectors import VectorMax, VectorMean, VectorSum
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


def first_n(column: Input, n: int, *, skip_null: bool = True) -> Feature:
    """A list of the oldest `n` values, the oldest first, shorter where there are fewer; null of nothing.

    With `skip_null=False` of the oldest `n` rows, whether they have a value or not. Ties go as for `first`.

    >>> import ropeway as rw
    >>> rw.first_n("dest", 3).over("1d")
    first_n("dest", n=3).over("1d")
    """
    return _feature(FirstN(n, _checked_flag(skip_null)), column)


def last_n(column: Input, n: int, *, skip_null: bool = True) -> Feature:
    """A list of the newest `n` values, the newest first: the exact reverse of the order of `first_n`.

    >>> import ropeway as rw
    >>> rw.last_n("dest", 3, skip_null=False)
    last_n("dest", n=3, skip_null=False)
    """
    return _feature(LastN(n, _checked_flag(skip_null)), column)


def top_n(column: Input, n: int) -> Feature:
    """A list of the greatest `n` values, the greatest first, each as often as it is there; null of nothing.

    >>> import ropeway as rw
    >>> rw.top_n("dep_delay", 3).over("30d")
    top_n("dep_delay", n=3).over("30d")
    """
    return _feature(TopN(n), column)


def bottom_n(column: Input, n: int) -> Feature:
    """A list of the least `n` values, the least first, each as often as it is there; null of nothing.

    >>> import ropeway as rw
    >>> rw.bottom_n("dep_delay", 3).over("30d")
    bottom_n("dep_delay", n=3).over("30d")
    """
    return _feature(BottomN(n), column)


def time_since_first(column: Input | None = None) -> Feature:
    """Seconds from the oldest row to the time that is asked for; with a column, from the oldest row with a value.

    >>> import ropeway as rw
    >>> rw.time_since_first().short_names()
    ('time_since_first',)
    """
    return Feature(TimeSinceFirst()) if column is None else _feature(TimeSinceFirst(), column)


def time_since_last(column: Input | None = None) -> Feature:
    """Seconds from the newest row to the time that is asked for; with a column, from the newest row with a value.

    Null where there is no such row.

    >>> import ropeway as rw
    >>> rw.time_since_last().where(rw.col("arr_delay") > 60).over("90d").alias("since_very_late")
    time_since_last().over("90d").where(col("arr_delay") > 60).alias("since_very_late")
    """
    return Feature(TimeSinceLast()) if column is None else _feature(TimeSinceLast(), column)


def count_distinct(column: Input) -> Feature:
    """How many different values there are, exactly; 0 where there is none. -0.0 and 0.0 are one value.

    >>> import ropeway as rw
    >>> rw.count_distinct("dest").over("30d")
    count_distinct("dest").over("30d")
    """
    return _feature(CountDistinct(), column)


def approx_count_distinct(column: Input, *, precision: int = 12) -> Feature:
    """About how many different values there are, by HyperLogLog with 2^precision registers (4 to 16); 0 of nothing.

    The standard error is 1.04 / sqrt(2^precision), 1.6 % by default. The same rows give the same estimate everywhere.

    >>> import ropeway as rw
    >>> rw.approx_count_distinct("tailnum", precision=14).over("365d")
    approx_count_distinct("tailnum", precision=14).over("365d")
    """
    return _feature(ApproxCountDistinct(precision), column)


def mode(column: Input) -> Feature:
    """The most frequent value; of several the least; null of nothing.

    >>> import ropeway as rw
    >>> rw.mode("dest").over("30d")
    mode("dest").over("30d")
    """
    return _feature(Mode(), column)


def mode_share(column: Input) -> Feature:
    """The share of the values that are the most frequent one, from 0 to 1; null of nothing.

    >>> import ropeway as rw
    >>> rw.mode_share("dest").over("30d")
    mode_share("dest").over("30d")
    """
    return _feature(ModeShare(), column)


def histogram(column: Input, n: int | None = None) -> Feature:
    """A map of the `n` most frequent values (None: of all) to how often each is there, the most frequent first.

    Values that are there equally often follow each other in their order; null of nothing.

    >>> import ropeway as rw
    >>> rw.histogram("dest", 5).over("30d")
    histogram("dest", n=5).over("30d")
    """
    return _feature(Histogram(n), column)


def entropy(column: Input) -> Feature:
    """The entropy of the values in nats: 0 where all are the same, ln n of n equally frequent ones; null of nothing.

    >>> import ropeway as rw
    >>> rw.entropy("dest").over("30d")
    entropy("dest").over("30d")
    """
    return _feature(Entropy(), column)


def median(column: Input) -> Feature:
    """The middle value, exactly, or the mean of the two middle ones; float64, null of nothing.

    >>> import ropeway as rw
    >>> rw.median("arr_delay").over("7d")
    median("arr_delay").over("7d")
    """
    return _feature(Median(), column)


def quantile(column: Input, q: float) -> Feature:
    """The value below which a share `q` (0 to 1) of the values lies, exactly; numpy's `linear` rule; null of nothing.

    `q` stands in no name, so that two quantiles of one column need an `.alias`.

    >>> import ropeway as rw
    >>> rw.quantile("arr_delay", 0.9).over("7d").alias("arr_delay_p90")
    quantile("arr_delay", q=0.9).over("7d").alias("arr_delay_p90")
    """
    return _feature(Quantile(q), column)


def skew(column: Input) -> Feature:
    """The skewness of the values, m3 / m2^1.5 of central moments; null where they are all the same, or none.

    >>> import ropeway as rw
    >>> rw.skew("arr_delay").over("30d")
    skew("arr_delay").over("30d")
    """
    return _feature(Skew(), column)


def kurtosis(column: Input) -> Feature:
    """The excess kurtosis of the values, m4 / m2^2 - 3 of central moments; null where they are all the same, or none.

    >>> import ropeway as rw
    >>> rw.kurtosis("arr_delay").over("30d")
    kurtosis("arr_delay").over("30d")
    """
    return _feature(Kurtosis(), column)


def session_start(*, gap: str | timedelta) -> Feature:
    """When the session of the newest row began: its first row, after which none came more than `gap` later.

    A time in UTC; null of no row. Rows that `.where` or the window leaves out are not there. Not for sources with
    `available_at`. `rw.sessions` gives each row of a source its session.

    >>> import ropeway as rw
    >>> rw.session_start(gap="30m").over("1d")
    session_start(gap='30m').over("1d")
    """
    return Feature(SessionStart(durations.text(gap)))


def trend(column: Input) -> Feature:
    """The slope of the least-squares line through the values over time, per day; null where all have one timestamp.

    >>> import ropeway as rw
    >>> rw.trend("arr_delay").over("30d")
    trend("arr_delay").over("30d")
    """
    return _feature(Trend(), column)


def correlation(x: Input, y: Input) -> Feature:
    """Pearson's correlation of two columns, of the rows in which both have a value; null where one does not vary.

    >>> import ropeway as rw
    >>> rw.correlation("dep_delay", "arr_delay").over("7d").short_names()
    ('dep_delay_arr_delay_correlation_7d',)
    """
    return _feature(Correlation(), x, y)


def weighted_mean(x: Input, w: Input) -> Feature:
    """The mean of `x` weighted by `w`, of the rows in which both have a value; null where the weights sum to 0.

    >>> import ropeway as rw
    >>> rw.weighted_mean("arr_delay", "distance").over("7d")
    weighted_mean("arr_delay", "distance").over("7d")
    """
    return _feature(WeightedMean(), x, w)


def longest_streak(condition: Input) -> Feature:
    """The most rows in a row, in the order of time, for which a condition or boolean column is true.

    Rows for which it is null are skipped and end no streak. 0 where it is never true, null of nothing.

    >>> import ropeway as rw
    >>> rw.longest_streak(rw.col("arr_delay") > 15).over("30d").alias("late_in_a_row")
    longest_streak(col("arr_delay") > 15).over("30d").alias("late_in_a_row")
    """
    return _feature(LongestStreak(), condition)


def vector_sum(column: Input) -> Feature:
    """The exact sums of a column of lists of one length, number by number; null of nothing.

    >>> import ropeway as rw
    >>> rw.vector_sum("embedding").over("7d")
    vector_sum("embedding").over("7d")
    """
    return _feature(VectorSum(), column)


def vector_mean(column: Input) -> Feature:
    """The exact means of a column of lists of one length, number by number; null of nothing.

    >>> import ropeway as rw
    >>> rw.vector_mean("embedding").over("7d")
    vector_mean("embedding").over("7d")
    """
    return _feature(VectorMean(), column)


def vector_max(column: Input) -> Feature:
    """The greatest numbers of a column of lists of one length, number by number; null of nothing.

    >>> import ropeway as rw
    >>> rw.vector_max("embedding").over("7d")
    vector_max("embedding").over("7d")
    """
    return _feature(VectorMax(), column)


def _feature(aggregate: Aggregate, *columns: Input) -> Feature:
    first, *rest = (_expression(aggregate, column) for column in columns)
    return Feature(aggregate, first, other=rest[0] if rest else None)


def _expression(aggregate: Aggregate, column: Input) -> Expression:
    if isinstance(column, Expression):
        return column
    if not isinstance(column, str):
        raise DeclarationError(
            f"{aggregate.name}({column!r}): expected the name of a column, or an expression such as col('x') * 2."
        )
    return col(checked_column(column, f"{aggregate.name}()"))


def _checked_flag(skip_null: object) -> bool:
    if not isinstance(skip_null, bool):
        raise DeclarationError(f"skip_null={skip_null!r}: expected True or False.")
    return skip_null
