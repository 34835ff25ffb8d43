"""A fitted pipeline as one archive or one folder: JSON for its structure, Arrow for its arrays, never a pickle.

pipeline.json    the declaration, the columns, the plain values of states, and hashes of the other files
arrays.arrow     the arrays of states
estimator/       the estimator in its own format, if there is one: XGBoost's, or that of skops
"""

from __future__ import annotations

import dataclasses
import hashlib
import importlib
import io
import json
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import numpy as np
import pyarrow as pa

from ropeway.transforms.catalogue.base import State, Step, Transform
from ropeway.transforms.errors import DataError, DeclarationError, TableNotFoundError, UsageError
from ropeway.transforms.functions import RowFunction, known_function
from ropeway.transforms.pipeline import estimators
from ropeway.transforms.pipeline.fitted import FittedPipeline
from ropeway.transforms.pipeline.pipeline import Line, Pipeline
from ropeway.transforms.pipeline.selectors import Selector
from ropeway.transforms.statistics import packed, unpacked
from ropeway.transforms.version import __version__

#: of the files; a larger number is written by a later version
FORMAT = 1
_MANIFEST, _ARRAYS = "pipeline.json", "arrays.arrow"
#: no archive of ours is larger when it is unpacked: what is, is no archive of ours
_LARGEST = 1 << 32
_MODES = {".tar": "w:", ".tar.gz": "w:gz", ".tgz": "w:gz", ".tar.xz": "w:xz", ".tar.bz2": "w:bz2"}


def save(fitted: FittedPipeline, path: str | Path) -> None:
    """Write an archive, `.tar.xz` or another of tar's, or a folder; what is there is replaced whole."""
    path = Path(path)
    files = files_of(fitted)
    mode = next((mode for ending, mode in _MODES.items() if path.name.endswith(ending)), None)
    if mode is None:
        if path.suffix:
            raise UsageError(f"{path}: expected a folder, or a name that ends with one of {', '.join(_MODES)}.")
        for name, data in files.items():
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            (path / name).write_bytes(data)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    staged = path.with_name(f".{path.name}.part")
    with tarfile.open(str(staged), cast("Any", mode)) as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    staged.replace(path)


def load(path: str | Path) -> FittedPipeline:
    """The fitted pipeline that `save` wrote; raises `DataError` for what is not whole, or was altered."""
    path = Path(path)
    if not path.exists():
        raise TableNotFoundError(f"{path}: there is no such archive or folder.")
    files = _of_folder(path) if path.is_dir() else _of_archive(path)
    return of_files(files, str(path))


def _of_folder(path: Path) -> dict[str, bytes]:
    return {str(one.relative_to(path)): one.read_bytes() for one in sorted(path.rglob("*")) if one.is_file()}


def _of_archive(path: Path) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    try:
        with tarfile.open(path) as archive:
            for member in archive:
                if not member.isfile() or member.size > _LARGEST:
                    raise DataError(f"{path}: {member.name!r} is no file of a pipeline.")
                held = archive.extractfile(member)
                files[member.name] = b"" if held is None else held.read()
    except (tarfile.TarError, EOFError, OSError, ValueError, MemoryError) as error:
        raise DataError(f"{path} is no archive of a pipeline, or was cut short: {error}") from error
    except Exception as error:  # lzma and zlib have errors of their own
        if isinstance(error, DataError):
            raise
        raise DataError(f"{path} is no archive of a pipeline, or was altered: {error}") from error
    return files


def files_of(fitted: FittedPipeline) -> dict[str, bytes]:
    """The files of an archive by their names."""
    states, arrays = _states(fitted)
    files = {_ARRAYS: arrays}
    estimator = None
    if fitted.estimator is not None:
        estimator, more = estimators.stored(fitted.estimator)
        files |= {f"estimator/{name}": data for name, data in more.items()}
    manifest = {
        "format": FORMAT,
        "written_by": f"ropeway {__version__}",
        "pipeline": to_dict(fitted.pipeline),
        "inputs": fitted.inputs.serialize().to_pybytes().hex(),
        "states": states,
        "estimator": estimator,
        "files": {name: hashlib.sha256(data).hexdigest() for name, data in files.items()},
    }
    return {_MANIFEST: signed(manifest), **files}


def signed(manifest: Mapping[str, Any]) -> bytes:
    """A manifest as it stands in its file, with its hash."""
    text = json.dumps(manifest, sort_keys=True, separators=(",", ":"))
    return json.dumps({"sha256": hashlib.sha256(text.encode()).hexdigest(), "manifest": text}).encode()


def digest(fitted: FittedPipeline) -> str:
    """The sha256, as 64 hex digits, of a pipeline's declaration, columns and states."""
    states, arrays = _states(fitted)
    inputs = [[field.name, str(field.type)] for field in fitted.inputs]
    text = json.dumps([FORMAT, to_dict(fitted.pipeline), inputs, states], sort_keys=True)
    return hashlib.sha256(text.encode() + arrays).hexdigest()


def of_files(files: Mapping[str, bytes], what: str) -> FittedPipeline:
    """The pipeline of an archive's files; `what` names it in errors."""
    if _MANIFEST not in files:
        raise DataError(f"{what} is no pipeline: it holds no {_MANIFEST}, but {', '.join(files) or 'nothing'}.")
    try:
        outer = json.loads(files[_MANIFEST])
        text, digest = outer["manifest"], outer["sha256"]
        whole = hashlib.sha256(text.encode()).hexdigest() == digest
        manifest = json.loads(text)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(f"{what}: {_MANIFEST} is broken: {error!r}.") from error
    if not whole:
        raise DataError(f"{what}: {_MANIFEST} was altered after it was written: its hash is another.")
    if manifest["format"] != FORMAT:
        raise DataError(
            f"{what} is of format {manifest['format']}, written by {manifest['written_by']}; this is ropeway "
            f"{__version__}, which reads format {FORMAT}. Read it with the version that wrote it, or fit anew."
        )
    for name, wanted in manifest["files"].items():
        if name not in files:
            raise DataError(f"{what} is not whole: {name} is missing.")
        if hashlib.sha256(files[name]).hexdigest() != wanted:
            raise DataError(f"{what}: {name} was altered or cut short: its hash is another.")
    arrays = unpacked(files[_ARRAYS])
    states = {path: [_restored(state, arrays) for state in some] for path, some in manifest["states"].items()}
    inputs = pa.ipc.read_schema(pa.py_buffer(bytes.fromhex(manifest["inputs"])))
    estimator = None
    if manifest["estimator"] is not None:
        held = {name.removeprefix("estimator/"): data for name, data in files.items() if name.startswith("estimator/")}
        estimator = estimators.restored(manifest["estimator"], held)
    return FittedPipeline(from_dict(manifest["pipeline"]), inputs, states, estimator)


# ---- states


def _states(fitted: FittedPipeline) -> tuple[dict[str, Any], bytes]:
    """The plain values of states, and their arrays: the same bytes when they were read and are written again."""
    arrays: dict[str, Any] = {}
    states = {
        path: [_stored(state, f"{path}#{at}", arrays) for at, state in enumerate(some)]
        for path, some in sorted(fitted.states.items())
    }
    return states, packed(dict(sorted(arrays.items())))


def _stored(state: State, path: str, arrays: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, value in sorted(state.items()):
        if isinstance(value, np.ndarray | pa.Array):
            arrays[f"{path}.{name}"] = value
            made[name] = {"array": f"{path}.{name}"}
        else:
            made[name] = {"value": _plain(value)}
    return made


def _plain(value: Any) -> Any:
    """A value as JSON holds it; bytes as text of their digits."""
    if isinstance(value, bytes):
        return {"bytes": value.hex()}
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {"dict": [[_plain(key), _plain(one)] for key, one in value.items()]}
    return value


def _restored(state: Mapping[str, Any], arrays: Mapping[str, Any]) -> State:
    return {name: arrays[one["array"]] if "array" in one else _value(one["value"]) for name, one in state.items()}


def _value(value: Any) -> Any:
    if isinstance(value, dict):
        if "bytes" in value:
            return bytes.fromhex(value["bytes"])
        return {_value(key): _value(one) for key, one in value["dict"]}
    return [_value(one) for one in value] if isinstance(value, list) else value


# ---- declarations


def to_dict(pipeline: Pipeline) -> dict[str, Any]:
    """A pipeline's lines as JSON data; an estimator is stored apart."""
    lines = [
        {"chosen": [_chosen(one) for one in line.chosen], "steps": [_step(one) for one in line.steps]}
        for line in pipeline.lines
    ]
    return {"name": pipeline.name, "lines": lines}


def _chosen(one: str | Selector) -> Any:
    return one if isinstance(one, str) else one.to_dict()


def _step(step: Any) -> dict[str, Any]:
    if isinstance(step, Pipeline):
        return {"pipeline": to_dict(step)}
    if isinstance(step, Step):
        return {**_step(step.transform), "alias": step.name}
    if isinstance(step, RowFunction):
        return {"function": step.name, "hash": step.hash}
    assert isinstance(step, Transform)
    return {
        "transform": type(step).__name__,
        "parameters": {name: _plain(value) for name, value in step.parameters.items()},
    }


def from_dict(data: Mapping[str, Any]) -> Pipeline:
    """The pipeline that `to_dict` wrote; raises `DeclarationError` for what this version does not know."""
    lines = [
        Line(
            tuple(one if isinstance(one, str) else Selector.from_dict(one) for one in line["chosen"]),
            tuple(_step_of(step) for step in line["steps"]),
        )
        for line in data["lines"]
    ]
    return Pipeline(data["name"], tuple(lines))


def _step_of(data: Mapping[str, Any]) -> Any:
    if "pipeline" in data:
        return from_dict(data["pipeline"])
    if "function" in data:
        found = known_function(data["function"], data["hash"])
        return Step(found, data["alias"]) if "alias" in data else found
    catalogue = importlib.import_module("ropeway.transforms")
    try:
        kind = getattr(catalogue, data["transform"])
    except AttributeError as error:
        raise DeclarationError(f"The transform {data['transform']!r} is unknown to ropeway {__version__}.") from error
    if not (isinstance(kind, type) and issubclass(kind, Transform)):
        raise DeclarationError(f"{data['transform']!r} is no transform.")
    known = {one.name for one in dataclasses.fields(kind)}
    unknown = set(data["parameters"]) - known
    if unknown:
        raise DeclarationError(
            f"{data['transform']} has no parameter {', '.join(sorted(unknown))} in ropeway {__version__}."
        )
    made = kind(**{name: _parameter(value) for name, value in data["parameters"].items()})
    return Step(made, data["alias"]) if "alias" in data else made


def _parameter(value: Any) -> Any:
    made = _value(value)
    return _tuples(made)


def _tuples(value: Any) -> Any:
    """Lists as tuples, which parameters are, in dicts too."""
    if isinstance(value, dict):
        return {key: _tuples(one) for key, one in value.items()}
    return tuple(_tuples(one) for one in value) if isinstance(value, list) else value
