"""The model: boosted trees, fitted on what was asked until May 2011, judged on what was asked from the end of June on.

Beside it stand a ranking by recency alone, and the same trees on features that saw the future.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # it ships no types

LABEL = "later__purchases"
HORIZON = pd.Timedelta(days=30)
JUDGED_FROM = pd.Timestamp("2011-06-30", tz="UTC")
RECENCY = "rhythm__time_since_last"
ALL_TIME = [
    "rhythm__time_since_last",
    "rhythm__time_since_first",
    "rhythm__count",
    "spending__amount_sum",
    "spending__amount_mean",
    "taste__stock_code_count_distinct",
]


@dataclass(frozen=True)
class Trained:
    """A fitted model, the columns it reads, and what it said of the later rows."""

    model: HistGradientBoostingClassifier
    columns: list[str]
    labels: npt.NDArray[np.bool_]
    scores: npt.NDArray[np.float64]

    @property
    def auc(self) -> float:
        """0.5 is guessing, 1 is knowing."""
        return float(roc_auc_score(self.labels, self.scores))


def split(rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows to fit on, whose labels are over when the first of the others is asked, and those to judge on.

    So at least the 30 days of a label lie between them, and no purchase is in the labels of both.
    """
    later = rows[rows["event_timestamp"] >= JUDGED_FROM]
    earlier = rows[rows["event_timestamp"] + HORIZON <= later["event_timestamp"].min()]
    return earlier, later


def train(rows: pd.DataFrame, columns: Sequence[str]) -> Trained:
    """Fitted on the earlier rows, judged on the later ones."""
    earlier, later = split(rows)
    model = HistGradientBoostingClassifier(early_stopping=False, random_state=0)
    # One thread: the same sums on any machine, and no threads that wait for one another on a busy one.
    with threadpool_limits(1):
        model.fit(earlier[list(columns)], earlier[LABEL] > 0)
        scores = model.predict_proba(later[list(columns)])[:, 1]
    return Trained(model, list(columns), (later[LABEL] > 0).to_numpy(dtype=bool), scores)


def rescored(trained: Trained, rows: pd.DataFrame) -> float:
    """The AUC of a model that is given the features of these rows, on the same later part of time."""
    with threadpool_limits(1):
        scores = trained.model.predict_proba(split(rows)[1][trained.columns])[:, 1]
    return float(roc_auc_score(trained.labels, scores))


def by_recency(rows: pd.DataFrame) -> float:
    """The AUC of no model at all: who bought last comes first."""
    later = split(rows)[1]
    return float(roc_auc_score(later[LABEL] > 0, -later[RECENCY]))


def numbers(made: pa.Table) -> pd.DataFrame:
    """The features as columns of floats, null as NaN: of a list one column per place, of the map of kinds one per kind.

    Texts, and the histogram of what a customer buys most, are for people to read, and left out.
    """
    columns: dict[str, pa.ChunkedArray] = {}
    for name in made.column_names:
        column = made.column(name).combine_chunks()
        kind = column.type
        if pa.types.is_list(kind):
            places = pc.max(pc.list_value_length(column)).as_py() or 0
            padded = pc.list_slice(column, 0, places, return_fixed_size_list=True)
            columns |= {f"{name}_{place}": pc.list_element(padded, place) for place in range(places)}
        elif pa.types.is_map(kind) and pa.types.is_floating(kind.item_type):
            keys = sorted(pc.unique(column.keys).to_pylist())
            columns |= {f"{name}_{key}": pc.map_lookup(column, key, "first") for key in keys}
        elif not (pa.types.is_map(kind) or pa.types.is_string(kind)):
            columns[name] = column
    frame: pd.DataFrame = pa.table(columns).to_pandas()
    return frame.astype(dict.fromkeys([*inputs(frame), LABEL], float))


def inputs(rows: pd.DataFrame) -> list[str]:
    """What a model may read: all but what is asked, and the answer."""
    return [name for name in rows.columns.tolist() if name not in ("row_id", "customer", "event_timestamp", LABEL)]


def all_time(rows: pd.DataFrame, baskets: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """The rows with six features as `groupby` and a join give them: of all purchases, those after t among them.

    A customer's last purchase is then the last one in the data: often one that the label asks about.
    """
    bought = (
        baskets[~baskets["is_return"]]
        .groupby("customer")
        .agg(
            last=("at", "max"),
            first=("at", "min"),
            count=("at", "size"),
            total=("amount", "sum"),
            mean=("amount", "mean"),
        )
    )
    goods = lines[(lines["kind"] == "goods") & (lines["quantity"] > 0)]
    items = goods.groupby("customer")["stock_code"].nunique()
    made = bought.assign(items=items).fillna({"items": 0}).loc[rows["customer"]].set_index(rows.index)
    asked = rows["event_timestamp"]
    return rows.assign(
        rhythm__time_since_last=(asked - made["last"]).dt.total_seconds(),
        rhythm__time_since_first=(asked - made["first"]).dt.total_seconds(),
        rhythm__count=made["count"],
        spending__amount_sum=made["total"],
        spending__amount_mean=made["mean"],
        taste__stock_code_count_distinct=made["items"],
    )
