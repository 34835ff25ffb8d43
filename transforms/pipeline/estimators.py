"""Estimators in files: XGBoost in its own format, scikit-learn's through skops, which builds known types alone."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

from ropeway.transforms.errors import DataError, MissingDependencyError, UsageError

_XGBOOST = ("XGBClassifier", "XGBRegressor", "XGBRanker", "XGBRFClassifier", "XGBRFRegressor")


def stored(estimator: Any) -> tuple[dict[str, Any], dict[str, bytes]]:
    """How an estimator is read again, and its files."""
    kind = type(estimator).__name__
    if type(estimator).__module__.startswith("xgboost.") and kind in _XGBOOST:
        return {"format": "xgboost", "kind": kind}, {"model.ubj": bytes(estimator.get_booster().save_raw("ubj"))}
    if hasattr(estimator, "get_params"):
        skops = _skops()
        return {"format": "skops", "kind": kind}, {"model.skops": skops.dumps(estimator)}
    raise UsageError(
        f"{estimator!r} can't be stored: expected an estimator of XGBoost or in the manner of scikit-learn."
    )


def restored(about: Mapping[str, Any], files: Mapping[str, bytes]) -> Any:
    """The estimator of its files; raises `DataError` for one that holds types which it may not."""
    if about["format"] == "xgboost" and about["kind"] in _XGBOOST:
        try:
            xgboost = importlib.import_module("xgboost")
        except ImportError as error:
            raise MissingDependencyError(
                "this pipeline ends with an XGBoost model: pip install 'ropeway[models]'"
            ) from error
        estimator = getattr(xgboost, about["kind"])()
        estimator.load_model(bytearray(files["model.ubj"]))
        return estimator
    if about["format"] != "skops":
        raise DataError(f"an estimator of format {about['format']!r} is unknown to this version of ropeway.")
    skops = _skops()
    unknown = [one for one in skops.get_untrusted_types(data=files["model.skops"]) if not one.startswith("sklearn.")]
    if unknown:
        raise DataError(
            f"the estimator holds {', '.join(unknown)}, which are not built from files: they could run anything."
        )
    return skops.loads(files["model.skops"], trusted=skops.get_untrusted_types(data=files["model.skops"]))


def _skops() -> Any:
    try:
        return importlib.import_module("skops.io")
    except ImportError as error:
        raise MissingDependencyError(
            "estimators of scikit-learn are stored by skops: pip install 'ropeway[models]'"
        ) from error
