"""The pipeline whose files are kept in tests/golden/pipeline: what a release has written, later ones read.

    PYTHONPATH=. .venv/bin/python tests/transforms/pipeline/golden.py

writes them anew, for a new format alone.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd

import ropeway as rw
from ropeway import transforms as T

FOLDER = Path(__file__).resolve().parents[2] / "golden" / "pipeline"
ANSWERS = FOLDER.with_name("pipeline.json")


def frame() -> pd.DataFrame:
    """Some rows of each kind of column."""
    return pd.DataFrame(
        {
            "x": [1.0, -2.5, np.nan, 1e6, 0.25],
            "n": [1, 2, 3, 2**60, -7],
            "c": ["a", "b", None, "a", "ü"],
            "t": pd.to_datetime(
                ["2013-01-01", "1969-12-31 23:59", "2024-02-29", "2000-01-01", "1900-03-01"], format="ISO8601"
            ),
            "y": [0.0, 1.0, 0.0, 1.0, 1.0],
        }
    )


def pipeline() -> rw.Pipeline:
    """Steps with plain values, arrays and text in their states, an alias, a selector, and a pipeline inside."""
    p = rw.Pipeline("golden")[T.matching("^x$")] >> [T.SimpleImputer(strategy="median", add_indicator=True)]
    p = p["x"] >> T.KBinsDiscretizer(n_bins=2, encode="ordinal").alias("bin")
    p = p["c"] >> T.OneHotEncoder(handle_unknown="ignore")
    p = p["c"] >> T.TargetEncoder(cv=2, target_type="continuous").alias("target")
    p = p["n", "c"] >> T.HashedCross(n_bins=97)
    p = p["t"] >> T.DatetimeFeatures(features_to_extract=("month", "day_of_week"))
    return p["x"] >> (rw.Pipeline("inner")["x"] >> T.StandardScaler().alias("z"))


def answers(fitted: rw.FittedPipeline) -> dict[str, list[float | None]]:
    """What it gives for those rows; floats in JSON come back as they were."""
    made = fitted.transform(frame())
    return {name: [None if np.isnan(one) else float(one) for one in made[name]] for name in made}


if __name__ == "__main__":
    fitted = pipeline().fit(frame(), y="y")
    fitted.save(FOLDER)
    ANSWERS.write_text(json.dumps(answers(fitted), indent=1) + "\n")
