"""Who earns over 50,000 dollars? A pipeline of transforms and a model, fitted, explained, saved, and compared.

    .venv/bin/python examples/census/census.py

1  data        the Adult census in its original split                                  data.py
2  statistics  what the training data holds
3  pipeline    lines side by side, each a series of steps, ended by XGBoost            pipeline.py
4  judged      on the test data, beside the same model behind scikit-learn's ColumnTransformer
5  importance  by column of the data, over all that was made of it
6  served      saved to one archive, loaded, and asked row by row
"""

import os
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # started as a file, Python looks in its folder only

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

import ropeway as rw
from examples.census import data
from examples.census.pipeline import LABEL, income, twin
from examples.printing import say, step

ARCHIVE, DRAWING, BARS = "data/census/income.tar.xz", "data/census/income.svg", "data/census/importance.svg"
#: how far the AUC of the two may lie apart
CLOSE = 0.002


def main() -> int:
    """0 if both models judge alike, and the archive answers as what was saved."""
    os.chdir(data.DATA.parents[1])
    with step("1  data: the census of 1994"):
        made = data.prepare()
        train, test = (pd.read_parquet(data.DATA / f"{part}.parquet") for part in ("train", "test"))
        say(f"{len(train):,} people to learn from, {len(test):,} to judge by", "made" if made else "there already")
    with step("2  statistics of the training data"):
        say(*repr(rw.show_stats(train, y=LABEL)).splitlines())
    with step("3  pipeline: fitted in one pass, and XGBoost at its end"):
        pipeline = income()
        say(*repr(pipeline).splitlines())
        fitted = pipeline.fit(train, y=LABEL)
        fitted.plot().save(DRAWING)
        say(f"{len(fitted.names)} outputs of {len(fitted.inputs)} columns; drawn in {DRAWING}")
    with step("4  judged by people it has not seen, beside the same in scikit-learn"):
        ours, theirs = judged(fitted, train, test)
        say(f"AUC {ours:.4f} by this pipeline, {theirs:.4f} by scikit-learn's ColumnTransformer")
    with step("5  importance by column, over all that was made of it"):
        table = fitted.importance()
        say(*table.to_string(index=False, float_format="%.3f").splitlines())
        fitted.plot_feature_importance().save(BARS)
        say(f"as bars in {BARS}")
    with step("6  saved, loaded, and asked row by row"):
        same = served(fitted, test)
        say("the same answers, bit for bit" if same else "OTHER answers")
    return 0 if abs(ours - theirs) <= CLOSE and same else 1


def judged(fitted: rw.FittedPipeline, train: pd.DataFrame, test: pd.DataFrame) -> tuple[float, float]:
    """The AUC on the test data, of the pipeline and of its twin in scikit-learn."""
    # scikit-learn takes None for a category, and NaN for a missing value
    other = twin().fit(train.replace({None: np.nan}), train[LABEL])
    theirs = other.predict_proba(test.replace({None: np.nan}))[:, 1]
    ours = fitted.predict_proba(test)[:, 1]
    return float(roc_auc_score(test[LABEL], ours)), float(roc_auc_score(test[LABEL], theirs))


def served(fitted: rw.FittedPipeline, test: pd.DataFrame) -> bool:
    """Whether what comes out of the archive answers as what went in, for frames and for single rows."""
    fitted.save(ARCHIVE)
    again = rw.Pipeline.load(ARCHIVE)
    say(f"{ARCHIVE}: {Path(ARCHIVE).stat().st_size / 1024:.0f} KiB")
    row, people = again.row(), test.head(1000)
    records: list[Any] = people.to_dict("records")
    began = time.perf_counter()
    vectors = [row.vector(one) for one in records]
    took = (time.perf_counter() - began) / len(records)
    say(f"one row of {len(again.inputs)} values: {took * 1e6:.0f} microseconds for its {len(again.names)} outputs")
    same = np.array_equal(np.array(vectors), fitted.transform(people).to_numpy(), equal_nan=True)
    alike = np.array_equal(again.predict_proba(test), fitted.predict_proba(test))
    return same and alike and [row(one) for one in records[:50]] == fitted.predict(people.head(50)).tolist()


if __name__ == "__main__":
    sys.exit(main())
