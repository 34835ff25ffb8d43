"""The retail example on its real data: both engines, features computed again by plain loops, and the model."""

import math
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from deltalake import DeltaTable, write_deltalake

import ropeway as rw
from examples.retail import churn, data, features, model

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

EACH = 25  # of so many customers one is in the slice
SAMPLE = 150
DAY = pd.Timedelta("1d")


@pytest.fixture(scope="module")
def tables() -> dict[str, pa.Table]:
    """What the data step makes, downloaded if it is not there."""
    data.prepare()
    return {name: DeltaTable(data.DATA / name).to_pyarrow_table() for name in ("lines", "baskets", "rows")}


@pytest.fixture(scope="module")
def some(tables: dict[str, pa.Table]) -> dict[str, pa.Table]:
    """All of each 25th customer, shuffled."""
    shuffled = np.random.default_rng(3)
    parts = {name: table.filter(pa.array(_customers(table) % EACH == 0)) for name, table in tables.items()}
    return {name: part.take(shuffled.permutation(len(part))) for name, part in parts.items()}


@pytest.fixture(scope="module")
def addresses(some: dict[str, pa.Table], tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("retail")
    for name, table in some.items():
        write_deltalake(folder / name, table)
    return {name: f"delta:{folder / name}" for name in some}


@pytest.fixture(scope="module")
def service(addresses: dict[str, str]) -> rw.FeatureService:
    return features.churn(addresses["lines"], addresses["baskets"], labels=True)


@pytest.fixture(scope="module")
def made(addresses: dict[str, str], service: rw.FeatureService) -> pa.Table:
    answer: pa.Table = rw.backfill(addresses["rows"], service)
    return answer


def _customers(table: pa.Table) -> Any:
    return table.column("customer").to_numpy()


# ---- the data step


def test_the_tables_hold_what_the_package_holds(tables: dict[str, pa.Table]) -> None:
    lines, baskets, rows = (tables[name].to_pandas() for name in ("lines", "baskets", "rows"))
    assert (len(lines), len(baskets), len(rows)) == (797_885, 44_876, 90_431)
    assert lines.invoice.nunique() == len(baskets) == baskets.invoice.nunique()  # the tiebreak decides
    assert baskets.lines.sum() == len(lines)
    assert baskets.amount.sum() == pytest.approx(lines.amount.sum(), abs=0.01)
    assert (lines.quantity < 0).equals(lines.invoice.str.startswith("C"))
    assert baskets.customer.nunique() == 5_942
    assert set(lines.kind) == {"goods", "postage", "discount", "manual", "other"}
    assert rows.row_id.is_unique
    assert not rows.duplicated(["customer", "event_timestamp"]).any()
    asked = rows.event_timestamp.dt.tz_convert("Europe/London")
    assert ((asked.dt.hour == 22) & asked.dt.is_month_end).all()
    assert asked.nunique() == 22
    sold = lines["at"].dt.tz_convert("Europe/London").dt.hour
    assert sold.between(6, 21).all()  # so no sale of a month comes after the question, and none is in an hour twice


def test_a_second_run_makes_nothing(tables: dict[str, pa.Table]) -> None:
    versions = [DeltaTable(data.DATA / name).version() for name in tables]
    assert not data.prepare()
    assert [DeltaTable(data.DATA / name).version() for name in tables] == versions


def test_lines_are_cleaned_and_times_are_those_of_london() -> None:
    file = pd.DataFrame(
        [
            ("1", "85048", " A LIGHT ", 3, "1/2/2010 9:30", 0.55, "17", "France"),
            ("1", "85048", " A LIGHT ", 3, "1/2/2010 9:30", 0.55, "17", "France"),  # there twice
            ("1", "POST", "POSTAGE", 1, "1/2/2010 9:31", 18.0, "17", "France"),
            ("2", "85048", "A LIGHT", 1, "1/2/2010 9:30", 0.55, None, "France"),  # nobody's
            ("C3", "85048", "A LIGHT", -2, "7/2/2010 9:30", 0.55, "17.0", "France"),
        ],
        columns=["Invoice", "StockCode", "Description", "Quantity", "InvoiceDate", "Price", "Customer ID", "Country"],
    )
    made = {name: table.to_pandas() for name, table in data.tables(file).items()}
    lines, baskets = made["lines"], made["baskets"]
    assert lines[["invoice", "kind", "description", "amount", "customer"]].to_numpy().tolist() == [
        ["1", "goods", "A LIGHT", 1.65, 17],
        ["1", "postage", "POSTAGE", 18.0, 17],
        ["C3", "goods", "A LIGHT", -1.1, 17],
    ]
    assert baskets["at"].dt.strftime("%m-%d %H:%M").tolist() == ["01-02 09:31", "07-02 08:30"]
    assert baskets.is_return.tolist() == [False, True]
    assert baskets.amount.tolist() == [19.65, -1.1]
    assert [list(codes) for codes in baskets.stock_codes] == [["85048", "POST"], ["85048"]]
    assert made["rows"].event_timestamp.min() == pd.Timestamp("2010-02-28 22:00", tz="UTC")
    assert len(made["rows"]) == 22


def test_a_customer_is_asked_about_after_the_first_purchase() -> None:
    at = [pd.Timestamp(day, tz="UTC") for day in ("2011-09-30 20:59", "2011-09-30 21:00", "2010-01-01")]
    baskets = pd.DataFrame({"customer": [1, 2, 2], "at": at, "is_return": [False, False, True]})
    asked = data.asked(baskets)
    assert asked.customer.tolist() == [1, 1, 2, 1, 2]
    assert asked.event_timestamp.dt.strftime("%m-%d %H").tolist() == ["09-30 21", *["10-31 22"] * 2, *["11-30 22"] * 2]


# ---- both engines


def test_spark_and_local_are_equal_bit_for_bit(
    addresses: dict[str, str], service: rw.FeatureService, made: pa.Table, spark: "SparkSession"
) -> None:
    there = rw.backfill(addresses["rows"], service, spark=spark).toArrow()
    assert churn.differences(there, made) == []


def test_comparison_sees_each_bit() -> None:
    def found(left: list[Any], right: list[Any]) -> list[str]:
        one, other = (pa.table({"row_id": range(len(values)), "x": values}) for values in (left, right))
        return churn.differences(one, other)

    assert found([0.0, None, [0.1]][:2], [0.0, None]) == []
    assert found([0.0, 0.1 + 0.2], [-0.0, 0.3]) == ["x: 2 rows"]
    assert found([[1.0, None]], [[1.0, 0.0]]) == ["x: 1 rows"]
    assert found([1.0], [1.0, 1.0]) == ["rows: 1 and 2"]
    table = pa.table({"row_id": [2, 1], "x": [2.0, 1.0]})
    assert churn.differences(table, table.sort_by("row_id")) == []
    assert churn.differences(table, table.rename_columns(["row_id", "y"])) != []


# ---- features again, by a plain look at what was there before t

Known = pd.DataFrame
Answer = Callable[[Known], Any]


def _of_any(column: str, choose: Callable[[list[Any]], Any]) -> Answer:
    return lambda known: choose(known[column].tolist()) if len(known) else None


def total(column: str) -> Answer:
    return _of_any(column, math.fsum)


def mean(column: str) -> Answer:
    return _of_any(column, lambda values: float(sum(map(Fraction, values), Fraction()) / len(values)))


def distinct(known: Known) -> int:
    return known.stock_code.nunique()


def elements(known: Known) -> int:
    return len({code for codes in known.stock_codes for code in codes})


def longest_streak(values: list[bool]) -> int:
    return max(map(len, "".join("x" if value else " " for value in values).split()), default=0)


def tally(codes: list[str]) -> list[tuple[str, int]]:
    """The most frequent first, then by name."""
    return sorted(Counter(codes).items(), key=lambda pair: (-pair[1], pair[0]))


def entropy(codes: list[str]) -> float:
    shares = [number / len(codes) for number in Counter(codes).values()]
    return abs(-math.fsum(share * math.log(share) for share in shares))


def trend(known: Known) -> float | None:
    days = (known["at"] - pd.Timestamp("2010-01-01", tz="UTC")) / DAY
    return float(np.polyfit(days - days.mean(), known.amount, 1)[0]) if days.nunique() > 1 else None


def by_kind(known: Known) -> list[tuple[Any, float]]:
    return [(kind, math.fsum(of_kind.amount)) for kind, of_kind in known.groupby("kind")]


def spells(known: Known) -> int:
    """Purchases after more than 14 days without one, and the first one."""
    return int((known["at"].diff() > 14 * DAY).sum()) + min(1, len(known))


PURCHASES, INVOICES, LINES, GOODS = "purchases", "invoices", "lines", "goods"
PLAIN: dict[str, tuple[str, str | None, Answer]] = {
    "rhythm__count": (PURCHASES, None, len),
    "rhythm__count_7d": (PURCHASES, "7d", len),
    "rhythm__count_30d": (PURCHASES, "30d", len),
    "rhythm__count_90d": (PURCHASES, "90d", len),
    "rhythm__count_365d": (PURCHASES, "365d", len),
    "visits__count_30d_0": (PURCHASES, "30d", len),
    "visits__count_month": (PURCHASES, "month", len),
    "spells__number": (PURCHASES, None, spells),
    "spells__year": (PURCHASES, "365d", spells),
    "spending__amount_sum": (PURCHASES, None, total("amount")),
    "spending__amount_sum_30d": (PURCHASES, "30d", total("amount")),
    "spending__amount_sum_90d": (PURCHASES, "90d", total("amount")),
    "spending__amount_sum_month": (PURCHASES, "month", total("amount")),
    "spending__amount_mean": (PURCHASES, None, mean("amount")),
    "spending__amount_mean_90d": (PURCHASES, "90d", mean("amount")),
    "spending__amount_mean_rows5": (PURCHASES, None, lambda known: mean("amount")(known[-5:])),
    "spending__amount_median_365d": (PURCHASES, "365d", _of_any("amount", lambda values: float(np.median(values)))),
    "spending__amount_top_n_365d": (PURCHASES, "365d", _of_any("amount", lambda values: sorted(values)[:-4:-1])),
    "spending__amount_last_n": (PURCHASES, None, _of_any("amount", lambda values: values[:-4:-1])),
    "spending__stock_codes_count_distinct_90d": (PURCHASES, "90d", elements),
    "returns__is_return_mean_365d": (INVOICES, "365d", mean("is_return")),
    "returns__is_return_longest_streak_365d": (INVOICES, "365d", _of_any("is_return", longest_streak)),
    "returns__amount_sum_365d": (INVOICES, "365d", lambda known: total("amount")(known[known.is_return])),
    "taste__stock_code_count_distinct": (GOODS, None, distinct),
    "taste__stock_code_count_distinct_90d": (GOODS, "90d", distinct),
    "taste__stock_code_mode_365d": (GOODS, "365d", _of_any("stock_code", lambda codes: tally(codes)[0][0])),
    "taste__stock_code_mode_share_365d": (
        GOODS,
        "365d",
        _of_any("stock_code", lambda codes: tally(codes)[0][1] / len(codes)),
    ),
    "taste__stock_code_histogram_365d": (GOODS, "365d", _of_any("stock_code", lambda codes: tally(codes)[:5])),
    "taste__price_median_365d": (GOODS, "365d", _of_any("price", lambda values: float(np.median(values)))),
    "taste__amount_sum_by_kind_365d": (LINES, "365d", by_kind),
}
NEARLY: dict[str, tuple[str, str | None, Answer, float]] = {
    "spending__amount_p90": (
        PURCHASES,
        "365d",
        _of_any("amount", lambda values: float(np.quantile(values, 0.9))),
        1e-12,
    ),
    "spending__amount_trend_180d": (PURCHASES, "180d", trend, 1e-6),
    "taste__stock_code_entropy_365d": (GOODS, "365d", _of_any("stock_code", entropy), 1e-12),
    "taste__stock_code_approx_count_distinct": (GOODS, None, distinct, 0.1),
}
BY_HAND = {  # in tests of their own
    "rhythm__time_since_last",
    "rhythm__time_since_first",
    "visits__count_30d_1",
    "visits__count_30d_2",
    "returns__time_since_last",
    "fashion__item__count_30d_mean_90d",
    "fashion__item__customer_approx_count_distinct_30d_mean_90d",
    "fashion__novelties",
    "fashion__age_of_items",
    "later__purchases",
    "recent_spending",
    "overdue",
}


@pytest.fixture(scope="module")
def asked(made: pa.Table) -> list[dict[str, Any]]:
    """Some rows of the slice, with their features."""
    chosen = np.random.default_rng(1).choice(len(made), SAMPLE, replace=False)
    rows: list[dict[str, Any]] = made.take(np.sort(chosen)).to_pylist()
    return rows


@pytest.fixture(scope="module")
def histories(some: dict[str, pa.Table]) -> dict[str, pd.DataFrame]:
    lines = some["lines"].to_pandas().sort_values("at")
    invoices = some["baskets"].to_pandas().sort_values(["at", "invoice"])
    goods = lines[(lines.kind == "goods") & (lines.quantity > 0)]
    return {PURCHASES: invoices[~invoices.is_return], INVOICES: invoices, LINES: lines, GOODS: goods}


def _known(history: Known, row: dict[str, Any], window: str | None) -> Known:
    t = pd.Timestamp(row["event_timestamp"])
    match window:
        case None:
            begin = history["at"].min()
        case "month":
            begin = t.tz_convert("Europe/London").normalize().replace(day=1)
        case _:
            begin = t - pd.Timedelta(window)
    mine: Known = history[(history.customer == row["customer"]) & (history["at"] >= begin) & (history["at"] < t)]
    return mine


def test_features_are_what_a_plain_look_at_the_past_gives(
    asked: list[dict[str, Any]], histories: dict[str, pd.DataFrame]
) -> None:
    wrong = []
    for row in asked:
        for name, (history, window, answer) in PLAIN.items():
            expected = answer(_known(histories[history], row, window))
            if row[name] != expected:
                wrong.append((row["row_id"], name, row[name], expected))
        for name, (history, window, answer, tolerance) in NEARLY.items():
            expected = answer(_known(histories[history], row, window))
            if row[name] != (expected if expected is None else pytest.approx(expected, rel=tolerance, abs=1e-9)):
                wrong.append((row["row_id"], name, row[name], expected))
    assert wrong == []


def test_ages_and_months_before_are_those_of_the_purchases(
    asked: list[dict[str, Any]], histories: dict[str, pd.DataFrame]
) -> None:
    for row in asked:
        t = pd.Timestamp(row["event_timestamp"])
        known = _known(histories[PURCHASES], row, None)
        back = _known(histories[INVOICES], row, None).query("is_return")
        assert row["rhythm__time_since_last"] == (t - known["at"].max()).total_seconds()
        assert row["rhythm__time_since_first"] == (t - known["at"].min()).total_seconds()
        assert row["returns__time_since_last"] == ((t - back["at"].max()).total_seconds() if len(back) else None)
        for number in (1, 2):
            begin = t - (number + 1) * 30 * DAY
            there = known["at"].between(begin, begin + 30 * DAY, inclusive="left")
            assert row[f"visits__count_30d_{number}"] == there.sum()


def test_a_month_begins_at_midnight_in_london(service: rw.FeatureService, some: dict[str, pa.Table]) -> None:
    """Half past eleven in the evening of June 30, UTC, is July there."""
    june = some["rows"].filter(pc.field("event_timestamp") == pd.Timestamp("2011-06-30 21:00", tz="UTC"))
    months = [view for view in service.views if view.name == "visits"]
    for asked, bought in (("2011-06-30 22:30", True), ("2011-06-30 23:30", False)):
        at = pa.array([pd.Timestamp(asked, tz="UTC")] * len(june), pa.timestamp("us", "UTC"))
        rows = pa.table({"customer": june.column("customer"), "event_timestamp": at})
        assert pc.any(pc.greater(rw.backfill(rows, months).column("visits__count_month"), 0)).as_py() is bought


def test_derived_columns_are_computed_from_the_others(made: pa.Table) -> None:
    shares = 0
    for row in made.to_pylist():
        spent, of_all = row["spending__amount_sum_30d"], row["spending__amount_sum_90d"]
        shares += spent is not None and bool(of_all)
        assert row["recent_spending"] == (None if spent is None or not of_all else spent / of_all)
        since, first = row["rhythm__time_since_last"], row["rhythm__time_since_first"]
        assert row["overdue"] == since * row["rhythm__count"] / first
    assert shares > 100


def test_popularity_is_that_of_the_time_of_each_line(
    asked: list[dict[str, Any]], histories: dict[str, pd.DataFrame]
) -> None:
    """A chain in two steps by hand: first a feature of each line, by item, then the mean of those of a customer."""
    goods = histories[GOODS]
    sales = {code: of_item["at"].sort_values() for code, of_item in goods.groupby("stock_code")}
    popular, aged = [], []
    for code, at in zip(goods.stock_code, goods["at"], strict=True):
        before = sales[code].searchsorted(at)
        popular.append(before - sales[code].searchsorted(at - 30 * DAY))
        aged.append((at - sales[code].iloc[0]).total_seconds() if before else np.nan)
    known_items = goods.assign(popular=popular, aged=aged)
    seen = 0
    for row in asked:
        mine = _known(known_items, row, "90d")
        seen += len(mine) > 0
        expected = mean("popular")(mine)
        assert row["fashion__item__count_30d_mean_90d"] == expected
        assert row["fashion__novelties"] == (float((mine.popular == 0).mean()) if len(mine) else None)
        ages = mine.aged.dropna().tolist()
        assert row["fashion__age_of_items"] == (float(np.median(ages)) if ages else None)
        by_customers = row["fashion__item__customer_approx_count_distinct_30d_mean_90d"]
        assert (by_customers is None) if expected is None else (0 <= by_customers <= expected * 1.1)
    assert seen > 30


def test_a_label_counts_purchases_and_is_null_while_its_30_days_last(
    made: pa.Table, histories: dict[str, pd.DataFrame]
) -> None:
    purchases, newest = histories[PURCHASES], histories[INVOICES]["at"].max()
    unknown = 0
    for row in made.to_pylist():
        t = pd.Timestamp(row["event_timestamp"])
        ahead = purchases["at"].between(t, t + 30 * DAY, inclusive="left") & (purchases.customer == row["customer"])
        over = t + 30 * DAY <= newest
        unknown += not over
        assert row["later__purchases"] == (ahead.sum() if over else None)
    assert (
        0 < unknown == (made.column("event_timestamp").to_pandas() == made["event_timestamp"].to_pandas().max()).sum()
    )


def test_no_feature_is_left_unchecked(service: rw.FeatureService) -> None:
    assert set(service.names) == PLAIN.keys() | NEARLY.keys() | BY_HAND
    assert features.service.names == tuple(name for name in service.names if name != model.LABEL)
    assert len(features.service.names) >= 40


# ---- the model


def test_lists_and_kinds_become_columns_and_texts_stay_out() -> None:
    kind = pa.map_(pa.string(), pa.float64())
    made = pa.table(
        {
            "row_id": [1, 2, 3],
            "sums": pa.array([[("goods", 2.0)], [("goods", 3.0), ("postage", 1.0)], None], kind),
            "top": pa.array([[3.0, 2.0], [1.0], None], pa.list_(pa.float64())),
            "favourite": ["a", "b", None],
            "seldom": pa.array([[("a", 1)], [], None], pa.map_(pa.string(), pa.int64())),
            "n": [1, None, 2],
            model.LABEL: [0, 1, 2],
        }
    )
    rows = model.numbers(made)
    assert model.inputs(rows) == ["sums_goods", "sums_postage", "top_0", "top_1", "n"]
    assert rows.fillna(-1)[model.inputs(rows)].to_numpy().tolist() == [
        [2.0, -1.0, 3.0, 2.0, 1.0],
        [3.0, 1.0, 1.0, -1.0, -1.0],
        [-1.0, -1.0, -1.0, -1.0, 2.0],
    ]


def test_no_label_of_the_earlier_rows_reaches_into_the_later_ones(made: pa.Table) -> None:
    rows = made.to_pandas()
    earlier, later = model.split(rows)
    first = later.event_timestamp.min()
    assert first - earlier.event_timestamp.max() >= 30 * DAY
    assert (earlier.event_timestamp + model.HORIZON <= first).all()
    assert len(earlier) > len(later) > 500


def test_a_model_judged_again_on_its_own_rows_says_the_same(made: pa.Table) -> None:
    rows = model.numbers(made.filter(pc.field(model.LABEL).is_valid()))
    trained = model.train(rows, model.inputs(rows))
    assert model.rescored(trained, rows) == trained.auc
    assert 0.6 < trained.auc < 1


def test_features_of_all_time_hold_the_future(made: pa.Table, some: dict[str, pa.Table]) -> None:
    rows = model.numbers(made)
    future = model.all_time(rows, some["baskets"].to_pandas(), some["lines"].to_pandas())
    assert (future.rhythm__count >= rows.rhythm__count).all()
    assert (future.rhythm__time_since_first == rows.rhythm__time_since_first).all()
    bought_later = future.rhythm__count > rows.rhythm__count
    assert ((future.rhythm__time_since_last <= 0) == bought_later).all()
    assert 0.3 < bought_later.mean() < 0.9


# ---- the whole


def test_the_program_finds_a_model_that_beats_recency_and_loses_to_the_future(
    tables: dict[str, pa.Table], tmp_path: Any
) -> None:
    done = subprocess.run(
        [sys.executable, str(data.HERE / "churn.py")],
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "5,853 rows have no label" in done.stdout
    recency, honest, six, leaky, served = (float(number) for number in re.findall(r"AUC (0\.\d{3})", done.stdout))
    assert recency + 0.03 < honest < 0.83
    assert six <= honest + 0.005
    assert leaky > 0.95
    assert served < recency
    assert not list(tmp_path.iterdir())
