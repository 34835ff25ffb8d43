"""The rules of the house that no linter knows: public names, links, locks, packages, commands."""

import ast
import re
import subprocess
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path
from types import ModuleType

import grimp
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import ropeway as rw

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ["batch", "connectors", "features", "jobs", "online", "transforms"]
PYTHONS = ["3.11", "3.12", "3.13"]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


# ---- public names


def type_checking_imports() -> dict[str, str]:
    """What ropeway/__init__.py shows to a type checker: name -> module."""
    tree = ast.parse((ROOT / "ropeway" / "__init__.py").read_text())
    (block,) = (node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
    return {
        alias.asname or alias.name: str(node.module)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def test_public_names_are_sorted() -> None:
    assert rw.__all__ == sorted(set(rw.__all__))


def test_public_names_are_what_a_type_checker_sees() -> None:
    shown = type_checking_imports()
    assert {*shown, "__version__"} == set(rw.__all__)
    assert shown == rw._HOME


@pytest.mark.parametrize("name", rw.__all__)
def test_public_name_is_there(name: str) -> None:
    value = getattr(rw, name)
    assert not isinstance(value, ModuleType)
    assert name in dir(rw)


def test_nothing_else_is_public() -> None:
    public = {
        name for name, value in vars(rw).items() if not name.startswith("_") and not isinstance(value, ModuleType)
    }
    assert public - {"TYPE_CHECKING"} <= set(rw.__all__)
    with pytest.raises(AttributeError, match="'backfil'"):
        _ = rw.backfil


# ---- folders


@pytest.mark.parametrize("folder", FOLDERS)
def test_folder_is_linked_below_the_import_name(folder: str) -> None:
    link = ROOT / "ropeway" / folder
    assert link.is_symlink()
    assert link.readlink() == Path("..", folder)


def test_nothing_but_links_and_the_names_lies_below_the_import_name() -> None:
    found = {path.name for path in (ROOT / "ropeway").iterdir() if path.name != "__pycache__"}
    assert found == {"__init__.py", "py.typed", *FOLDERS}


def test_every_folder_with_code_is_a_package() -> None:
    folders = {path.parent for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")}
    assert [folder for folder in folders if not (folder / "__init__.py").exists()] == []


def test_import_linter_sees_through_the_links() -> None:
    modules = grimp.build_graph("ropeway", cache_dir=None).modules
    assert {f"ropeway.{folder}" for folder in FOLDERS} <= modules
    assert {"ropeway.transforms.errors", "ropeway.batch.session"} <= modules


def test_no_job_bears_the_name_of_a_dependency() -> None:
    # spark-submit puts the folder of its program first on sys.path: jobs/delta.py would be imported for delta.
    taken = {*packages_distributions(), *(name.replace("-", "_") for name in locked("requirements.lock", "3.11"))}
    assert {path.stem for path in (ROOT / "jobs").glob("*.py")} & taken <= {"__init__"}


# ---- locks


def locked(file: str, python: str) -> dict[str, str]:
    """Name -> version of what the lock installs on Linux for that Python."""
    environment = {
        "python_version": python,
        "python_full_version": f"{python}.9",
        "sys_platform": "linux",
        "platform_machine": "x86_64",
        "platform_python_implementation": "CPython",
        "implementation_name": "cpython",
        "extra": "",
    }
    found: dict[str, str] = {}
    for line in (ROOT / file).read_text().splitlines():
        if line and not line.startswith((" ", "#")):
            requirement = Requirement(line)
            if requirement.marker is None or requirement.marker.evaluate(environment):
                name = canonicalize_name(requirement.name)
                assert name not in found, f"{file} has {name} twice for Python {python}"
                found[name] = str(requirement.specifier).removeprefix("==")
    return found


def declared(*, torch: bool) -> list[Requirement]:
    """What pyproject.toml asks for: the core, and the extras of one lock or the other."""
    extras = PROJECT["optional-dependencies"]
    chosen = [names for extra, names in extras.items() if (extra == "torch") == torch]
    return [Requirement(text) for text in (*PROJECT["dependencies"], *(text for names in chosen for text in names))]


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize(("file", "torch"), [("requirements.lock", False), ("requirements-torch.lock", True)])
def test_lock_covers_what_is_declared(file: str, python: str, torch: bool) -> None:
    lock = locked(file, python)
    for requirement in declared(torch=torch):
        version = lock.get(canonicalize_name(requirement.name))
        assert version is not None, f"{requirement.name} is not in {file}: make lock"
        assert requirement.specifier.contains(version), f"{file} has {requirement.name} {version}: make lock"


@pytest.mark.parametrize("python", PYTHONS)
def test_locks_agree(python: str) -> None:
    first, torch = locked("requirements.lock", python), locked("requirements-torch.lock", python)
    assert {name: torch[name] for name in torch if name in first} == {
        name: first[name] for name in torch if name in first
    }


@pytest.mark.parametrize("file", ["requirements.lock", "requirements-torch.lock"])
def test_lock_names_no_place(file: str) -> None:
    assert not re.search(r"https?://|file:|(?<![\w.])/\w", (ROOT / file).read_text())


# ---- commands


def test_make_alone_lists_the_commands() -> None:
    answer = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    listed = re.findall(r"^  (\w+) +\S", answer, flags=re.MULTILINE)
    assert {"setup", "quickstart", "test", "check", "bench", "build", "clean"} <= set(listed)
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
    assert listed == [target for target in targets if target != "help"]
