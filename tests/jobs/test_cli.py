"""The command line: what it writes, what it says, and how it ends."""

from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from ropeway.jobs.cli import main

DECLARED = """
import ropeway as rw
flights = rw.Source("flights", "delta:{folder}/flights", "at")
view = rw.FeatureView("plane", rw.Entity("tail"), flights, [rw.count().over("1h"), rw.last("delay")])
service = rw.FeatureService("delays", [view])
nothing = 7
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    times = pa.array([10**9, 2 * 10**9], pa.timestamp("us", tz="UTC"))
    write_deltalake(tmp_path / "flights", pa.table({"tail": ["a", "b"], "at": times, "delay": [1.5, 2.5]}))
    write_deltalake(tmp_path / "rows", pa.table({"tail": ["a", "b", "c"], "event_timestamp": [times[1].as_py()] * 3}))
    (tmp_path / "features.py").write_text(DECLARED.format(folder=tmp_path))
    return tmp_path


def arguments(folder: Path, name: str = "service") -> list[str]:
    return [f"{folder}/features.py:{name}", "--rows", f"delta:{folder}/rows"]


@pytest.mark.parametrize("name", ["service", "view"])
def test_backfill_writes_a_table_and_says_so(folder: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["backfill", *arguments(folder, name), "--to", f"delta:{folder}/out", "--run-id", "r1"]) == 0
    assert capsys.readouterr().out == f"wrote 3 rows to delta:{folder}/out, version 0 (run r1)\n"
    written = DeltaTable(folder / "out").to_pyarrow_table().sort_by("tail").to_pydict()
    assert written["plane__count_1h"] == [1, 0, 0]
    assert written["plane__delay_last"] == [1.5, None, None]
    # the same run again changes nothing
    assert main(["backfill", *arguments(folder, name), "--to", f"delta:{folder}/out", "--run-id", "r1"]) == 0
    assert DeltaTable(folder / "out").version() == 0


def test_explain_shows_the_plan(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", *arguments(folder)]) == 0
    shown = capsys.readouterr().out
    assert "1 pass over 1 source" in shown
    assert "plane__count_1h" in shown


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        ("nothing", "has a int, and no service or view, 'nothing'. It declares: view, service."),
        ("missing", "has no 'missing'. It declares: view, service."),
    ],
)
def test_a_wrong_name_is_wrong_usage(
    folder: Path, declared: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", *arguments(folder, declared)]) == 2
    assert said in capsys.readouterr().err


def test_a_wrong_file_is_wrong_usage(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", f"{folder}/other.py:service", "--rows", "delta:x"]) == 2
    assert "There is no file" in capsys.readouterr().err
    assert main(["explain", "service", "--rows", "delta:x"]) == 2
    assert "expected FILE.py:NAME" in capsys.readouterr().err


def test_an_unknown_option_is_wrong_usage() -> None:
    with pytest.raises(SystemExit) as ended:
        main(["backfill", "--no-such-option"])
    assert ended.value.code == 2


def test_a_failed_job_is_one_message_and_nothing_is_written(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["backfill", f"{folder}/features.py:service", "--rows", f"delta:{folder}/none", "--to", "delta:x"]) == 1
    message = capsys.readouterr().err
    assert message.startswith("ropeway: ")
    assert len(message.strip().splitlines()) == 1
    main(["backfill", *arguments(folder), "--to", f"delta:{folder}/out"])
    capsys.readouterr()
    assert main(["backfill", *arguments(folder), "--to", f"delta:{folder}/out"]) == 1
    assert "exists already" in capsys.readouterr().err
    assert DeltaTable(folder / "out").version() == 0


def test_debug_shows_the_trace(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", f"{folder}/features.py:service", "--rows", "delta:none", "--debug"]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_an_error_in_the_users_file_is_one_message(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "features.py").write_text("raise RuntimeError('mine')")
    assert main(["explain", *arguments(folder)]) == 1
    assert capsys.readouterr().err.startswith("ropeway: RuntimeError: mine")


RANGE = ["--start", "2013-01-01", "--end", "2013-01-04", "--every", "1d"]


def test_a_range(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["backfill", f"{folder}/features.py:view", "--to", f"delta:{folder}/out"]
    assert main([*command, *RANGE, "--run-id", "r1"]) == 0
    assert capsys.readouterr().out == (
        f"wrote 6 rows to delta:{folder}/out, version 1 (run r1)\n"
        f"dates: 3 computed, 0 with new features alone, 0 reused\n"
    )
    assert main([*command, *RANGE]) == 0
    assert "0 computed, 0 with new features alone, 3 reused" in capsys.readouterr().out
    assert main([*command, *RANGE, "--refresh"]) == 0
    assert "dates: 3 computed" in capsys.readouterr().out
    assert DeltaTable(folder / "out").version() == 2


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--rows", "delta:x", "--start", "2013-01-01"], "give one or the other"),
        (["--start", "2013-01-01", "--every", "1d"], "or a range of them by --start, --end and --every"),
        (["--start", "soon", "--end", "2013-01-04", "--every", "1d"], "start='soon' is no time"),
        (["--rows", "delta:{folder}/rows", "--refresh"], "refresh= is for a range of instants"),
    ],
)
def test_a_wrong_range_is_wrong_usage(
    folder: Path, given: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [one.format(folder=folder) for one in given]
    assert main(["backfill", f"{folder}/features.py:view", "--to", f"delta:{folder}/out", *given]) == 2
    assert said in capsys.readouterr().err
    assert not (folder / "out").exists()
