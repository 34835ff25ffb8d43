"""Putting a folder in place: all of it, or nothing."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ropeway.connectors.folders import replacing
from ropeway.transforms.errors import TableExistsError
from tests.programs import ROOT


@pytest.fixture(params=["one step", "two steps"])
def system(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "two steps":
        monkeypatch.setattr(sys, "platform", "elsewhere")


def make(path: Path, text: str, *, may_exist: bool) -> None:
    with replacing(path, may_exist=may_exist) as staged:
        assert staged.parent == path.parent  # on the same disk, where a rename is one step
        assert staged.name.startswith(".")  # out of sight of readers
        staged.mkdir()
        (staged / "rows").write_text(text)


def names(path: Path) -> list[str]:
    return sorted(one.name for one in path.iterdir())


@pytest.mark.usefixtures("system")
def test_it_takes_the_place(tmp_path: Path) -> None:
    make(tmp_path / "a" / "t", "old", may_exist=False)
    make(tmp_path / "a" / "t", "new", may_exist=True)
    assert (tmp_path / "a" / "t" / "rows").read_text() == "new"
    assert names(tmp_path / "a") == ["t"]
    (tmp_path / "a" / "file").write_text("old")
    make(tmp_path / "a" / "file", "new", may_exist=True)
    assert (tmp_path / "a" / "file" / "rows").read_text() == "new"
    assert names(tmp_path / "a") == ["file", "t"]


def test_an_empty_folder_is_no_hindrance(tmp_path: Path) -> None:
    (tmp_path / "t").mkdir()
    make(tmp_path / "t", "new", may_exist=False)
    assert names(tmp_path / "t") == ["rows"]


@pytest.mark.parametrize("old", ["folder", "file"])
def test_what_is_there_stays(tmp_path: Path, old: str) -> None:
    if old == "folder":
        make(tmp_path / "t", "old", may_exist=False)
    else:
        (tmp_path / "t").write_text("old")
    with pytest.raises(TableExistsError, match="another writer made it meanwhile"):
        make(tmp_path / "t", "new", may_exist=False)
    assert (tmp_path / "t" / "rows" if old == "folder" else tmp_path / "t").read_text() == "old"
    assert names(tmp_path) == ["t"]


def fail(path: Path) -> None:
    with replacing(path, may_exist=True) as staged:
        staged.mkdir()
        (staged / "half").write_text("new")
        raise RuntimeError("the disk is full")


@pytest.mark.usefixtures("system")
def test_a_failure_leaves_no_trace(tmp_path: Path) -> None:
    make(tmp_path / "t", "old", may_exist=False)
    with pytest.raises(RuntimeError):
        fail(tmp_path / "t")
    assert names(tmp_path) == ["t"]
    assert (tmp_path / "t" / "rows").read_text() == "old"


def test_two_steps_go_back_if_the_second_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "elsewhere")
    make(tmp_path / "t", "old", may_exist=False)
    with pytest.raises(FileNotFoundError), replacing(tmp_path / "t", may_exist=True):
        pass  # nothing was staged, so there is nothing to put in place
    assert (tmp_path / "t" / "rows").read_text() == "old"
    assert names(tmp_path) == ["t"]


KILLED = """
import os, signal, sys
from pathlib import Path
from ropeway.connectors.folders import replacing
with replacing(Path(sys.argv[1]), may_exist=True) as staged:
    staged.mkdir()
    (staged / "rows").write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_process_left_is_taken_away(tmp_path: Path) -> None:
    path = tmp_path / "a [b]"
    make(path, "old", may_exist=False)
    done = subprocess.run([sys.executable, "-c", KILLED, str(path)], cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    assert len(names(tmp_path)) == 3
    with replacing(path, may_exist=True) as staged:
        staged.mkdir()
        make(path, "of another", may_exist=True)  # who is at work is left alone
        assert staged.exists()
        (staged / "rows").write_text("new")
    assert (path / "rows").read_text() == "new"
    assert names(tmp_path) == ["a [b]"]


def test_a_table_that_was_put_aside_comes_back(tmp_path: Path) -> None:
    staged = ".t.ropeway-0"
    for name in (staged, f"{staged}-old"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "rows").write_text(name)
    (tmp_path / f"{staged}.lock").write_text("")
    make(tmp_path / "other", "x", may_exist=False)
    assert not (tmp_path / "t").exists()
    with pytest.raises(TableExistsError):
        make(tmp_path / "t", "new", may_exist=False)
    assert (tmp_path / "t" / "rows").read_text() == f"{staged}-old"
    assert names(tmp_path) == ["other", "t"]
