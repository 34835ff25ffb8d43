"""What is written beside rows: which run made them, and from what."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Commit:
    """What is written beside the rows: which run made them, from which definition, and whatever JSON `info` holds.

    >>> commit = Commit("nightly-1", "5f0c", {"owner": "ops"})
    >>> Commit.read(commit.text()) == commit, Commit.read("written by others")
    (True, None)
    """

    run_id: str
    definition_hash: str
    info: Mapping[str, Any] = field(default_factory=dict)

    def text(self) -> str:
        """One JSON object, the same text for equal commits."""
        content = {"run_id": self.run_id, "definition_hash": self.definition_hash, "info": dict(self.info)}
        return json.dumps({"ropeway": content}, sort_keys=True)

    @classmethod
    def read(cls, text: str | None) -> Commit | None:
        """The commit that `text` writes; None for metadata that others wrote."""
        try:
            content = json.loads(text or "null")["ropeway"]
            return cls(content["run_id"], content["definition_hash"], content["info"])
        except (ValueError, TypeError, KeyError):
            return None


@dataclass(frozen=True)
class Written:
    """What a run wrote: `version` is None where tables have none, `commit` what stands beside the rows."""

    version: int | None
    rows: int
    commit: Commit
