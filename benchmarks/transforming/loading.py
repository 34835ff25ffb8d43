"""Seconds of `Pipeline.load`, and of the first row after it, apart from imports."""

import argparse
import time
from typing import Any

import ropeway as rw


def figures(asked: argparse.Namespace) -> dict[str, Any]:
    """The archive is `folder`; its row is of None, which all stages of it take or say why not."""
    begun = time.perf_counter()
    fitted = rw.Pipeline.load(asked.folder)
    loaded = time.perf_counter()
    fitted.row()(dict.fromkeys(fitted.inputs.names))
    return {"load": loaded - begun, "first": time.perf_counter() - loaded}
