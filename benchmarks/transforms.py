"""Transforms beside scikit-learn's: columns, single rows, Spark, and the memory that they take.

    python benchmarks/transforms.py [--scale 1] [--only LINE ...] [--limit 300] [--check] [--readme FILE]

First all answers are compared on few rows; then each line is timed in processes of their own. `--only` also takes
"rows", "spark" and "memory".
"""

import argparse
import math
import os
import sys
import tempfile
import warnings
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # started as a file, Python looks in its folder only

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from sklearn.base import clone

import ropeway as rw
from benchmarks import measure, program, report
from benchmarks.compare import DisagreementError
from benchmarks.measure import GIB, Limit, Measured, RunnerError
from benchmarks.peers import Peer
from benchmarks.tables import HOME, Data, staged
from benchmarks.transforming import columns, data, memory, rows, stages
from benchmarks.transforming.lines import LINES, Line, reason

ACTS = ("fit", "transform")
SPARK_ROWS, MEMORY_ROWS = 5_000_000, 10_000_000
#: rows on which answers are compared
CHECK_ROWS = 2_000
_PARTS = ("rows", "spark", "memory")
_SPARK = (
    Peer("ropeway", "**ropeway**, one pass", folder="transforming", file="ropeway_spark"),
    Peer("sklearn", "scikit-learn, a pandas UDF per step", "ropeway", folder="transforming", file="sklearn_spark"),
    Peer("floor", "the way to Python and back, alone", "ropeway", folder="transforming", file="spark_floor"),
)
_ROWS = {"numbers": "50 stages of numbers", "mixed": "30 stages, numbers, categories and text"}
_RUNNERS = {
    "ropeway": "**ropeway**, `row()`", "sklearn_array": "scikit-learn, an array of one row",
    "sklearn_frame": "scikit-learn, a frame of one row",
}  # fmt: skip
_FRAMES = {"arrow": "Arrow table", "pandas": "pandas, column by column", "numpy": "pandas over a numpy array"}
#: seconds after which a line is timed no more often
_ENOUGH = 20.0

#: what acts measured: by line and runner
Found = Mapping[tuple[str, str], Mapping[str, Any]]


def main(arguments: Sequence[str] | None = None) -> int:
    asked = program.parser(
        "Transforms beside scikit-learn's.", [*LINES, *_PARTS], seconds=300.0
    ).parse_args(arguments)  # fmt: skip
    chosen = [line for line in LINES.values() if not asked.only or line.name in asked.only]
    parts = [part for part in _PARTS if not asked.only or part in asked.only]
    program.warn_if_busy()
    check(chosen, parts, asked.threads, program.check_limit(asked))
    if asked.check:
        return 0
    found = timed(chosen, parts, asked)
    spark = _spark(asked) if "spark" in parts else {}
    failed = any(not one for one in found.values()) or ("spark" in parts and len(spark) < len(_SPARK))
    program.keep("transforms", "made", {**_plain(found), **spark}, asked, {})
    text = "\n\n".join([*_tables(chosen, found, spark, asked.scale), _method(asked), report.machine()])
    return program.publish(text, "transforms", asked, failed=failed, whole=True)


# ---- comparing


def check(chosen: Iterable[Line], parts: Sequence[str], threads: int, limit: Limit) -> None:
    """Raises `DisagreementError` unless ropeway answers as scikit-learn does."""
    lines = list(chosen)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of scikit-learn, of bins that are too small and the like
        for line in lines:
            agree(line, CHECK_ROWS)
        if "rows" in parts:
            for name, (ours, theirs, frame) in rows.PIPELINES.items():
                agree_in_rows(name, ours(), theirs(), frame())
    if "spark" in parts:
        agree_on_spark(threads, limit)
    print(f"check transforms: {len(lines)} lines agree{''.join(f', {part}' for part in parts)}", flush=True)


def agree(line: Line, size: int) -> None:
    """Raises `DisagreementError` unless both answer the same of a line."""
    frame, y = data.frame(line.kind, size, line.columns), data.target(line.y, size)
    made = columns.ropeway(line, frame, y)()(frame)
    wanted = columns.sklearn(line, frame, y)()(frame)
    _near(line.name, made, wanted, line.within)


def agree_in_rows(name: str, ours: rw.Pipeline, theirs: Any, frame: pd.DataFrame) -> None:
    """Raises `DisagreementError` unless rows have the bits of columns, and scikit-learn's answers."""
    y = data.target("label", len(frame))
    fitted = ours.fit(frame, y=y)
    whole = fitted.transform(frame)
    row = fitted.row()
    records: Any = frame.head(100).to_dict("records")
    made = np.array([row(one) for one in records])
    if not np.array_equal(made, whole.to_numpy()[:100], equal_nan=True):
        raise DisagreementError(f"{name}: a row has not the bits of the columns")
    wanted = clone(theirs).fit(frame, y).transform(frame)
    # a power of scikit-learn is found to about 1e-6, and the number of a bin may turn on it
    _near(name, whole, wanted, 1e-4, but=0.01)


def agree_on_spark(threads: int, limit: Limit) -> None:
    """Raises `DisagreementError` unless both answer the same on Spark."""
    with tempfile.TemporaryDirectory() as folder:
        small = _folder(Path(folder, "numbers"), CHECK_ROWS)
        ours, theirs = (measure.answers(peer.module, small, threads, limit) for peer in _SPARK[:2])
    for name in theirs.column_names:
        _near(f"{name} on Spark", ours.column(name), theirs.column(name), 1e-9)


def _near(what: str, made: Any, wanted: Any, within: float, but: float = 0.0) -> None:
    one, other = (_array(some) for some in (made, wanted))
    if one.shape != other.shape:
        raise DisagreementError(f"{what}: {one.shape} values, not the {other.shape} of scikit-learn")
    if other.dtype == object:
        wrong = one != other
    else:
        wrong = ~np.isclose(one.astype(np.float64), other.astype(np.float64), within, within, equal_nan=True)
    if wrong.mean() > but:
        at = tuple(np.argwhere(wrong)[0])
        raise DisagreementError(f"{what}: {one[at]!r} at {at}, not the {other[at]!r} of scikit-learn")


def _array(some: Any) -> Any:
    made = np.asarray(some.to_numpy() if hasattr(some, "to_numpy") else some)
    return made.astype(np.float64) if made.dtype.kind in "biu" else made


# ---- timing


def timed(chosen: Iterable[Line], parts: Sequence[str], asked: argparse.Namespace) -> Found:
    """What each act measured; nothing for one that failed or was stopped."""
    found: dict[tuple[str, str], Mapping[str, Any]] = {}
    for line in chosen:
        for runner in ("ropeway", "sklearn"):
            found[line.name, runner] = _act(asked, "columns", line.name, runner, line.rows(asked.scale))
    if "rows" in parts:
        for name in rows.PIPELINES:
            for runner in rows.RUNNERS:
                found[name, runner] = _act(asked, "rows", name, runner, 0)
            found[name, "loading"] = _loading(asked, name)
    if "memory" in parts:
        for name in memory.FRAMES:
            found[name, "memory"] = _act(asked, "memory", name, "ropeway", round(MEMORY_ROWS * asked.scale))
    return found


def _act(asked: argparse.Namespace, act: str, line: str, runner: str, size: int, *options: str) -> Mapping[str, Any]:
    print(f"time transforms: {act} {line} {runner}", end=" ", flush=True)
    given = [f"--line={line}", f"--runner={runner}", f"--rows={size}", f"--seconds={min(_ENOUGH, asked.limit)}"]
    words = ["benchmarks.transforming.act", act, *given, *options]
    try:
        found = measure.figures(words, asked.threads, program.limit(asked))
    except RunnerError as error:
        print(error)
        return {}
    if found is None:
        print("stopped")
        return {}
    print(", ".join(f"{name} {_best(one):.4g}" for name, one in found.items()))
    return found


def _loading(asked: argparse.Namespace, name: str) -> Mapping[str, Any]:
    """The best of three processes after a first one, behind which all kernels are compiled."""
    ours, _, frame = rows.PIPELINES[name]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "pipeline.tar.xz")
        ours().fit(frame(), y=data.target("label", stages.ROWS)).save(path)
        found = [_act(asked, "loading", name, "ropeway", 0, f"--folder={path}") for _ in range(4)][1:]
    return min((one for one in found if one), key=lambda one: one["first"], default={})


def _spark(asked: argparse.Namespace) -> dict[str, Measured]:
    size = max(CHECK_ROWS, round(SPARK_ROWS * asked.scale))
    folder = _folder(HOME / f"numbers-{size}", size)
    return program.timed("transforms on Spark", _SPARK, folder, asked)


def _folder(folder: Path, size: int) -> Data:
    """Numbers with holes, and `id`, in Parquet."""
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with staged(folder) as stage:
            stage.mkdir()
            frame = data.frame("holes", size, 10).assign(id=np.arange(size, dtype=np.float64))
            table = pa.Table.from_pandas(frame, preserve_index=False)
            for at in range(4):
                some = table.slice(at * -(-size // 4), -(-size // 4))
                pq.write_table(some, stage / f"part-{at}.parquet")
    return Data(folder)


# ---- the tables


def ratios(chosen: Iterable[Line], found: Found, act: str) -> dict[str, float]:
    """How many times as long scikit-learn took for an act, by line."""
    made = {}
    for line in chosen:
        ours, theirs = found.get((line.name, "ropeway")), found.get((line.name, "sklearn"))
        if ours and theirs:
            made[line.name] = _best(theirs[act]) / _best(ours[act])
    return made


def mean(values: Iterable[float]) -> float:
    """The geometric mean.

    >>> round(mean([1.0, 4.0]), 12)
    2.0
    """
    logs = [math.log(value) for value in values]
    return math.exp(sum(logs) / len(logs))


def columns_table(chosen: Sequence[Line], found: Found, scale: float) -> str:
    """A row for each line, and one for the geometric means."""
    head = [""]
    for act in ACTS:
        head += [act, "scikit-learn", "ratio", "memory beyond", "scikit-learn"]
    head.append("where it is slower")
    of = {act: ratios(chosen, found, act) for act in ACTS}
    made = []
    for line in chosen:
        if line.name not in of["fit"]:
            continue
        ours, theirs = found[line.name, "ropeway"], found[line.name, "sklearn"]
        cells, why = [f"{line.title} of {line.rows(scale):,} rows"], []
        for act in ACTS:
            ratio = of[act][line.name]
            cells += [_seconds(ours[act]), _seconds(theirs[act]), f"{ratio:.2f} x"]
            cells += [_mebibytes(ours[f"{act}_over"]), _mebibytes(theirs[f"{act}_over"])]
            if ratio < 1.0 and reason(line, act):
                why.append(f"{act}: {reason(line, act)}")
        made.append([*cells, "; ".join(why)])
    means = [cell for act in ACTS for cell in ("", "", f"**{mean(of[act].values()):.2f} x**", "", "")]
    return report.markdown(head, [*made, ["geometric mean", *means, ""]])


def rows_table(found: Found) -> str:
    """A row for each pipeline."""
    made = []
    for name, title in _ROWS.items():
        cells = [_micros(found.get((name, runner))) for runner in _RUNNERS]
        loading = found.get((name, "loading"))
        made.append([title, *cells, *([_seconds(loading[one]) for one in ("load", "first")] if loading else ["", ""])])
    return report.markdown(["", *_RUNNERS.values(), "`Pipeline.load`", "first row after it"], made)


def memory_table(found: Found) -> str:
    """A row for each kind of frame: what it holds, what was taken beside it, and what that is beyond the output."""
    made = []
    for name, title in _FRAMES.items():
        if one := found.get((name, "memory")):
            size, over = one["input"], one["over"]
            beyond = (over - size) / (2 * size)
            made.append([title, f"{size / GIB:.2f} GiB", f"{over / GIB:.2f} GiB", f"{100 * beyond:+.0f} %"])
    return report.markdown(["", "input", "peak beside it", "beyond input and output"], made)


def _tables(chosen: Sequence[Line], found: Found, spark: Mapping[str, Measured], scale: float) -> Iterable[str]:
    if ratios(chosen, found, "fit"):
        yield "**Transforms beside scikit-learn's, both of the same pandas frame.**"
        yield columns_table(chosen, found, scale)
    if any(name in _ROWS for name, _ in found):
        yield "One row, and the first one of a new process, whose kernels were compiled before:"
        yield rows_table(found)
    if spark:
        yield f"A pipeline of 20 stages over {round(SPARK_ROWS * scale):,} rows on Spark:"
        yield report.table(_SPARK, spark)
    if any(name in _FRAMES for name, _ in found):
        yield f"Memory of `transform`, {round(MEMORY_ROWS * scale):,} rows of {memory.COLUMNS} numbers:"
        yield memory_table(found)


def _best(value: Any) -> float:
    return float(min(value) if isinstance(value, list) else value)


def _seconds(value: Any) -> str:
    return f"{_best(value):.3f} s"


def _mebibytes(value: Any) -> str:
    return f"{max(0.0, value / 2**20):,.0f} MiB"


def _micros(one: Mapping[str, Any] | None) -> str:
    return f"{one['micros']:,.1f} µs" if one else ""


def _plain(found: Found) -> dict[str, Mapping[str, Any]]:
    return {f"{name}.{runner}": one for (name, runner), one in found.items()}


def _method(asked: argparse.Namespace) -> str:
    return (
        f"Each runner has a process of its own and {asked.threads} threads, of which scikit-learn uses what it can. "
        f"Wall is the best of {columns.RUNS} runs in that process after one on few rows, of fewer when they last over "
        f"{_ENOUGH:.0f} s. A ratio is scikit-learn's wall over ropeway's. Memory beyond is the highest resident memory "
        "during a run, less that before it and the output. A row's time is the mean of many calls, the best of five "
        "rounds; imports are not in that of loading. Before this, answers were compared on fewer rows: within 1e-6, "
        "and rows with columns bit for bit."
    )


if __name__ == "__main__":
    os.environ.setdefault("ROPEWAY_THREADS", "2")
    sys.exit(main())
