"""The lines, as plain data from which each runner makes its own expressions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.tables import DAY
from tests.oracle import Wanted

WINDOW = 15 * DAY
AHEAD = 7 * DAY
#: rows that a window holds at scale 1, and how long it is
WINDOWS = {1_000: WINDOW // 100, 10_000: WINDOW // 10, 100_000: WINDOW}
ROWS = 100
#: sessions end at this many times the mean time between two rows of a key, so that they hold 150 rows in the mean
GAP = 5


@dataclass(frozen=True)
class Line:
    """One or more features that are timed together; `source` is that of their rows.

    peers: the files of the runners that have the like.
    within: how far from ropeway's, relatively, the answers of peers may be.
    tied: whether several answers are right, of which peers may give another one.
    """

    name: str
    title: str
    wanted: tuple[Wanted, ...]
    peers: tuple[str, ...] = ()
    source: str = "events"
    within: float = 1e-6
    tied: bool = False

    @property
    def columns(self) -> Mapping[str, Wanted]:
        """What is wanted, by the name that all runners give it."""
        return {f"{self.name}__{wanted.aggregate}": wanted for wanted in self.wanted}


_POLARS, _PANDAS, _DUCKDB = ("polars_rolling",), ("pandas_rolling",), ("duckdb_frames",)


def _line(
    name: str, title: str, aggregate: str, column: str | None = None, *peers: tuple[str, ...], **options: Any
) -> Line:
    """A line of one feature; `options` are those of `Wanted` and of `Line`."""
    own = {key: options.pop(key) for key in ("source", "within", "tied") if key in options}
    if not {"rows", "calendar", "width"} & options.keys():
        options["width"] = WINDOW
    return Line(name, title, (Wanted(aggregate, column, **options),), sum(peers, ()), **own)


_MOMENTS = tuple(Wanted(aggregate, "value", WINDOW) for aggregate in ("sum", "mean", "max"))

_ALL = (
    _line("count", "`count()`", "count", None, _POLARS, _DUCKDB),
    Line("moments", "`sum`, `mean`, `max`", _MOMENTS, _POLARS),
    _line("distinct_integers", "`count_distinct`, 1,000 integers", "count_distinct", "code", _DUCKDB),
    _line("distinct_floats", "`count_distinct`, floats", "count_distinct", "value", _DUCKDB),
    _line("approx", "`approx_count_distinct`, floats", "approx_count_distinct", "value", _DUCKDB, within=0.2),
    _line("mode", "`mode`", "mode", "code", _DUCKDB, tied=True),
    _line("mode_share", "`mode_share`", "mode_share", "code"),
    _line("entropy", "`entropy`", "entropy", "code", _DUCKDB),
    _line("histogram", "`histogram(5)`", "histogram", "code", n=5),
    _line("median", "`median`", "median", "value", _POLARS, _PANDAS, _DUCKDB),
    _line("quantile", "`quantile(0.9)`", "quantile", "value", _POLARS, q=0.9),
    _line("top_n", "`top_n(3)`", "top_n", "value", _DUCKDB, n=3),
    _line("last_n", "`last_n(5)`", "last_n", "value", _DUCKDB, n=5),
    _line("first_n", "`first_n(5)`", "first_n", "value", _DUCKDB, n=5),
    _line("skew", "`skew`", "skew", "value", _PANDAS),
    _line("kurtosis", "`kurtosis`", "kurtosis", "value", _PANDAS),
    _line("trend", "`trend`", "trend", "value", _PANDAS),
    _line("correlation", "`correlation`", "correlation", "other", _PANDAS, other="value"),
    _line("weighted_mean", "`weighted_mean`", "weighted_mean", "value", _POLARS, other="weight"),
    _line("streak", "`longest_streak`", "longest_streak", "flag"),
    _line("since", "`time_since_last`", "time_since_last", None, _DUCKDB),
    _line("session", "`session_start`", "session_start", None, _DUCKDB),
    _line("by", "`sum.by`, 20 categories", "sum", "value", _POLARS, by="kind"),
    _line("explode", "`mode.explode` of 1 to 4 elements", "mode", "tags", _DUCKDB, explode=True, tied=True),
    _line("vector", "`vector_mean`, 8 numbers", "vector_mean", "vector", _POLARS),
    _line("rows_sum", f"`sum`, `rows={ROWS}`", "sum", "value", _DUCKDB, rows=ROWS),
    _line("rows_median", f"`median`, `rows={ROWS}`", "median", "value", _DUCKDB, rows=ROWS),
    _line("month", '`sum`, `calendar="month"`', "sum", "value", _POLARS, calendar="month"),
    _line("label", '`sum`, `.ahead("7d")`', "sum", "value", _POLARS, width=AHEAD, ahead=True),
    _line("late_sum", "`sum`, late rows", "sum", "value", source="late"),
    _line("late_median", "`median`, late rows", "median", "value", source="late"),
    _line("late_mode", "`mode`, late rows", "mode", "code", source="late"),
    _line("changes", "`sum`, a source of changes", "sum", "value", source="changes"),
    *(_line(f"median_{rows}", "", "median", "value", _POLARS, width=WINDOWS[rows]) for rows in (1_000, 10_000)),
    *(_line(f"mode_{rows}", "", "mode", "code", _DUCKDB, width=WINDOWS[rows], tied=True) for rows in (1_000, 10_000)),
)
LINES: Mapping[str, Line] = {line.name: line for line in _ALL}
#: of each growing window the line that has it, by aggregate and by rows
GROWING = {
    name: {rows: LINES[name if width == WINDOW else f"{name}_{rows}"] for rows, width in WINDOWS.items()}
    for name in ("median", "mode")
}


def chosen(names: tuple[str, ...], runner: str) -> list[Line]:
    """The lines of those names that a peer can do."""
    return [LINES[name] for name in names if runner in LINES[name].peers]
