"""One measurement in a process of its own:

    python -m benchmarks.transforming.act columns --line StandardScaler --runner ropeway --rows 1000 --report FILE

The report, JSON, holds the figures by name; those of lists are of several runs.
"""

import argparse
import importlib
import json
import os
import warnings
from pathlib import Path

import pyarrow as pa

ACTS = ("columns", "rows", "loading", "memory")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("act", choices=ACTS)
    parser.add_argument("--line", default="")
    parser.add_argument("--runner", default="ropeway")
    parser.add_argument("--rows", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--report", type=Path, required=True)
    asked = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: asked.threads])
    pa.set_cpu_count(asked.threads)
    warnings.simplefilter("ignore")  # of scikit-learn, of bins that are too small and the like
    found = importlib.import_module(f"benchmarks.transforming.{asked.act}").figures(asked)
    asked.report.write_text(json.dumps(found))


if __name__ == "__main__":
    main()
