"""The kernels' cache: found again from any path, and never stale."""

import sys
import zipfile
from pathlib import Path

from tests.programs import ROOT, run

PROGRAM = """
import sys
sys.path.insert(0, sys.argv[1])
import pandas as pd
import ropeway as rw
from ropeway.transforms.kernels import order

assert sys.argv[1] in rw.__file__, rw.__file__
times = pd.to_datetime(["2013-01-02", "2013-01-01"])
events = pd.DataFrame({"k": ["a", "a"], "t": times})
rows = pd.DataFrame({"k": ["a"], "event_timestamp": pd.to_datetime(["2013-01-03"])})
made = rw.backfill(rows, rw.FeatureView("v", rw.Entity("k"), rw.Source("s", events, "t"), [rw.count()]))
assert made["v__count"].tolist() == [2]
print(order.__file__)
print(sum(order.arrange.stats.cache_misses.values()), sum(order.arrange.stats.cache_hits.values()))
"""


def test_kernels_from_a_zip_are_compiled_once_whatever_its_path(built: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    shown = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        package = tmp_path / name / "ropeway.zip"
        package.write_bytes((built / "ropeway.zip").read_bytes())
        said = run(sys.executable, "-c", PROGRAM, package, folder=tmp_path, ROPEWAY_CACHE=str(cache))
        shown.append(said.splitlines())
    (first, compiled), (second, found) = shown
    assert first == second
    assert Path(first).is_relative_to(cache)
    assert (compiled, found) == ("1 0", "0 1")


def test_an_edited_kernel_has_a_folder_of_its_own(built: Path, tmp_path: Path) -> None:
    places = []
    for edited in (False, True):
        package = tmp_path / f"edited-{edited}.zip"
        with zipfile.ZipFile(built / "ropeway.zip") as source, zipfile.ZipFile(package, "w") as made:
            for name in source.namelist():
                text = source.read(name)
                made.writestr(name, text + b"# edited\n" if edited and name.endswith("kernels/wide.py") else text)
        program = (
            "import sys; sys.path.insert(0, sys.argv[1]); import ropeway.transforms.kernels as k; print(k.__path__)"
        )
        cache = str(tmp_path / "cache")
        places.append(run(sys.executable, "-c", program, package, folder=tmp_path, ROPEWAY_CACHE=cache))
    assert places[0] != places[1]


def test_kernels_are_compiled_for_one_type_each() -> None:
    program = """
import runpy, sys
import pandas as pd, pyarrow as pa, ropeway as rw
from ropeway.transforms.kernels import codes, late as delayed, moments, order, ranges, select, tiles
for kind in (pa.int64(), pa.float64(), pa.string(), pa.bool_()):
    x = pa.array([1, 0]).cast(kind)
    for late in (None, "a"):
        for chunks in (1, 2):
            t, a = pa.array([1, 2], pa.timestamp("us")), pa.array([3, 2], pa.timestamp("us"))
            table = pa.table({"k": [1, 1], "t": t, "a": a, "x": x})
            table = pa.Table.from_batches(table.to_batches(max_chunksize=2 // chunks))
            source = rw.Source("s", table, "t", available_at=late)
            names = ["first", "last", "min", "max", "count"] + (["sum", "var"] if kind != pa.string() else [])
            names = [n for n in names if not (kind == pa.bool_() and n in ("min", "max"))]
            features = [getattr(rw, name)("x").where(rw.col("k") > 0).alias(name) for name in names]
            rows = pa.table({"k": [1], "event_timestamp": pa.array([9], pa.timestamp("us"))})
            rw.backfill(rows, rw.FeatureView("v", rw.Entity("k"), source, features))
for module in (codes, delayed, moments, order, ranges, select, tiles):
    for name, function in vars(module).items():
        if hasattr(function, "signatures"):
            assert len(function.signatures) <= 1, (module, name, function.signatures)
"""
    run(sys.executable, "-c", program, folder=ROOT)
