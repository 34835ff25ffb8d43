"""What `T.auto` proposes: it runs, leaves nothing missing, and its code makes the same pipeline."""

import numpy as np
import pandas as pd
import pytest

import ropeway as rw
from ropeway import transforms as T
from tests.transforms.catalogue.frames import training


def numbers() -> pd.DataFrame:
    frame = training()[["x", "positive", "whole", "holes", "flat", "late"]].copy()
    frame["outlier"] = frame["x"]
    frame.loc[frame.index[0], "outlier"] = -900.0
    return frame


def categories() -> pd.DataFrame:
    frame = training()[["carrier", "dest", "flag", "late"]].copy()
    frame["many"] = [f"m{at % 90}" for at in range(len(frame))]
    return frame


def ids() -> pd.DataFrame:
    frame = training()[["x", "late"]].copy()
    frame["id"] = [f"u{at}" for at in range(len(frame))]
    frame["number"] = np.arange(len(frame)) * 7
    return frame


def times() -> pd.DataFrame:
    frame = training()[["x", "at", "late"]].copy()
    frame["day"] = frame["at"].dt.date
    return frame


def nothing() -> pd.DataFrame:
    frame = training()[["x", "late"]].copy()
    frame["none"] = np.nan
    frame["empty"] = pd.Series([None] * len(frame), dtype="string")
    frame["sometimes"] = np.where(frame["x"] > 0, 1.0, np.nan)
    frame["words"] = ["a rather long comment on flight number " + str(at % 140) for at in range(len(frame))]
    frame["quote\"d 'name'"] = frame["x"] * 2
    return frame


@pytest.mark.parametrize("made", [numbers, categories, ids, times, nothing])
@pytest.mark.parametrize("y", ["late", None])
def test_it_fits_leaves_nothing_missing_and_its_code_makes_it(made: object, y: str | None) -> None:
    assert callable(made)
    frame = made()
    proposal = T.auto(frame, y=y)
    namespace: dict[str, object] = {}
    exec(proposal.code, namespace)
    assert namespace["pipeline"] == proposal.pipeline
    outputs = proposal.pipeline.fit(frame, y=y).transform(frame)
    assert len(outputs.columns)
    assert not outputs.isna().to_numpy().any()
    assert repr(proposal) == proposal.code.rstrip("\n")
    assert max(map(len, proposal.code.splitlines())) <= 120
    left = [column for one in proposal.proposed for column in one.columns]
    assert set(left) == set(frame) - {y}


def reasons(frame: pd.DataFrame, y: str | None = None) -> dict[str, str]:
    return {
        f"{'' if one.steps else '-'}{column}": reason
        for one in reversed(T.auto(frame, y=y).proposed)
        for column, reason in zip(one.columns, one.reasons, strict=True)
    }


def test_it_says_why() -> None:
    found = reasons(pd.concat([numbers(), ids()[["id", "number"]]], axis=1), "late")
    assert found["x"] == "numbers"
    assert found["holes"] == "8.33% missing"
    assert found["positive"] == "skewed: 2.9"
    assert found["-flat"] == "constant"
    assert found["-id"] == "unique in every row: looks like an id"
    assert found["-number"] == "another number in every row: looks like an id"
    assert "late" not in found
    found = reasons(categories(), "late")
    assert found["carrier"] == "5 categories"
    assert found["dest"] == "3 categories, 11% missing"
    assert found["many"] == "90 categories: target encoded"
    assert reasons(categories())["many"] == "90 categories: hashed"
    found = reasons(nothing(), "late")
    assert found["-none"] == found["-empty"] == "all missing"
    assert found["sometimes"].startswith("constant but for")


def test_infinite_values_are_clipped_or_left_out() -> None:
    frame = training()[["x", "y"]].copy()
    frame.loc[frame.index[:3], "x"] = np.inf
    proposal = T.auto(frame)
    assert not proposal.pipeline.fit(frame).transform(frame).isna().to_numpy().any()
    assert "3 " in next(reason for name, reason in reasons(frame).items() if name.lstrip("-") == "x")


def test_it_takes_statistics() -> None:
    frame = categories()
    stats = rw.show_stats(frame, y="late")
    assert T.auto(stats).code == T.auto(frame, y="late").code
    with pytest.raises(rw.UsageError, match="these statistics have their label"):
        T.auto(stats, y="late")


def test_there_may_be_nothing_to_propose() -> None:
    proposal = T.auto(pd.DataFrame({"one": [1.0, 1.0]}))
    assert "# left out: one: constant" in proposal.code
    with pytest.raises(rw.UsageError, match="there is nothing to propose"):
        _ = proposal.pipeline


def test_a_reason_stays_in_its_comment() -> None:
    frame = pd.DataFrame({"a\nimport os": [1.0, 2.0, 4.0], "b": [1.0, 1.0, 1.0]})
    code = T.auto(frame).code
    assert "\nimport os" not in code
    namespace: dict[str, object] = {}
    exec(code, namespace)
    assert namespace["pipeline"] == T.auto(frame).pipeline
