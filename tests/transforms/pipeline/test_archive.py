"""Pipelines in files: whole, of this format, and not altered; else an error says what is wrong."""

import io
import json
import shutil
import tarfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import ropeway as rw
from ropeway import transforms as T
from ropeway.transforms.pipeline import archive
from ropeway.transforms.pipeline.fitted import FittedPipeline
from tests.transforms.pipeline import golden

FRAME = pd.DataFrame({"x": np.arange(40.0), "c": ["a", "b", None, "d"] * 10, "y": [0, 1] * 20})


@pytest.fixture(scope="module")
def fitted() -> FittedPipeline:
    p = rw.Pipeline("p")[T.numeric() - "y"] >> [
        T.RobustScaler(quantile_range=(10.0, 90.0)),
        T.StandardScaler().alias("z"),
    ]
    p = p["c"] >> (rw.Pipeline("inner")["c"] >> T.OneHotEncoder())
    return (p["z"] >> T.Passthrough()).fit(FRAME)


@pytest.mark.parametrize("name", ["p.tar.xz", "p.tar", "p.tar.gz", "folder"])
def test_it_comes_back_as_it_was(fitted: FittedPipeline, tmp_path: Path, name: str) -> None:
    fitted.save(tmp_path / "deep" / name)
    again = rw.Pipeline.load(tmp_path / "deep" / name)
    assert again == fitted
    assert again.pipeline == fitted.pipeline
    assert again.inputs == fitted.inputs
    assert again.transform(FRAME).equals(fitted.transform(FRAME))


def test_estimators_come_along(tmp_path: Path) -> None:
    from sklearn.linear_model import LogisticRegression
    from xgboost import XGBClassifier

    p = rw.Pipeline("p")["x"] >> T.StandardScaler()
    for estimator in (XGBClassifier(n_estimators=3), LogisticRegression()):
        made = (p >> estimator).fit(FRAME, y="y")
        made.save(tmp_path / "p.tar.xz")
        again = rw.Pipeline.load(tmp_path / "p.tar.xz")
        assert again.predict_proba(FRAME).tolist() == made.predict_proba(FRAME).tolist()
        assert again.row()({"x": 3.0}) == made.row()({"x": 3.0})


def test_what_is_there_stays_whole_where_writing_fails(
    fitted: FittedPipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fitted.save(tmp_path / "p.tar")
    before = (tmp_path / "p.tar").read_bytes()

    def full(self: object, *_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(tarfile.TarFile, "addfile", full)
    with pytest.raises(OSError, match="no space"):
        fitted.save(tmp_path / "p.tar")
    assert (tmp_path / "p.tar").read_bytes() == before


def test_a_name_that_is_neither_archive_nor_folder_is_refused(fitted: FittedPipeline, tmp_path: Path) -> None:
    with pytest.raises(rw.UsageError, match=r"p\.pkl: expected a folder, or a name that ends with one of \.tar"):
        fitted.save(tmp_path / "p.pkl")
    with pytest.raises(rw.TableNotFoundError, match="no such archive"):
        rw.Pipeline.load(tmp_path / "p.tar")


def test_a_folder_that_is_not_whole_or_altered_is_refused(fitted: FittedPipeline, tmp_path: Path) -> None:
    fitted.save(tmp_path / "whole")
    for name in archive.files_of(fitted):
        for change, message in ((b"", r"altered|cut short|broken"), (None, r"holds no|missing")):
            shutil.copytree(tmp_path / "whole", tmp_path / "other")
            if change is None:
                (tmp_path / "other" / name).unlink()
            else:
                data = (tmp_path / "other" / name).read_bytes()
                (tmp_path / "other" / name).write_bytes(data[: len(data) // 2])
            with pytest.raises(rw.DataError, match=message):
                rw.Pipeline.load(tmp_path / "other")
            shutil.rmtree(tmp_path / "other")


def test_every_changed_byte_of_an_archive_is_noticed(fitted: FittedPipeline) -> None:
    files = archive.files_of(fitted)
    random = np.random.default_rng(1)
    for name, data in files.items():
        for at in random.integers(0, len(data), 40):
            changed = bytearray(data)
            changed[at] ^= 1 << random.integers(0, 8)
            with pytest.raises((rw.DataError, rw.DeclarationError)):
                archive.of_files({**files, name: bytes(changed)}, "this test")


def test_an_archive_cut_short_is_refused(fitted: FittedPipeline, tmp_path: Path) -> None:
    fitted.save(tmp_path / "p.tar.xz")
    data = (tmp_path / "p.tar.xz").read_bytes()
    for size in (0, 10, len(data) // 2):
        (tmp_path / "cut.tar.xz").write_bytes(data[:size])
        with pytest.raises(rw.DataError, match=r"cut short|altered|not whole|no pipeline"):
            rw.Pipeline.load(tmp_path / "cut.tar.xz")


def test_another_format_says_who_reads_it(fitted: FittedPipeline) -> None:
    files = archive.files_of(fitted)
    manifest = json.loads(json.loads(files["pipeline.json"])["manifest"])
    manifest |= {"format": 99, "written_by": "ropeway 9.0"}
    with pytest.raises(rw.DataError, match=r"format 99, written by ropeway 9\.0; this is ropeway .* reads format 1"):
        archive.of_files({**files, "pipeline.json": archive.signed(manifest)}, "this test")


def test_a_transform_of_a_later_version_is_named(fitted: FittedPipeline) -> None:
    data = archive.to_dict(fitted.pipeline)
    data["lines"][0]["steps"][0]["transform"] = "FutureScaler"
    with pytest.raises(rw.DeclarationError, match="'FutureScaler' is unknown to ropeway"):
        archive.from_dict(data)
    data["lines"][0]["steps"][0] = {"transform": "StandardScaler", "parameters": {"future": 1}}
    with pytest.raises(rw.DeclarationError, match="StandardScaler has no parameter future"):
        archive.from_dict(data)


def test_files_that_lead_out_of_an_archive_are_not_read(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "p.tar", "w") as made:
        link = tarfile.TarInfo("pipeline.json")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        made.addfile(link, io.BytesIO())
    with pytest.raises(rw.DataError, match="no file of a pipeline"):
        rw.Pipeline.load(tmp_path / "p.tar")


def test_the_files_of_this_format_are_read_and_say_what_they_said() -> None:
    kept = rw.Pipeline.load(golden.FOLDER)
    assert golden.answers(kept) == json.loads(golden.ANSWERS.read_text())
    assert kept == golden.pipeline().fit(golden.frame(), y="y")
