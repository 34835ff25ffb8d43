"""An address: the one string that names a table, `delta:PATH`, `parquet:PATH` or `sql:SELECT ...`."""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from ropeway.connectors.registry import PATHLESS, SCHEMES
from ropeway.transforms.errors import UsageError

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):(.*)", re.DOTALL)
_VERSION = re.compile(r"(.+)@version=([^/]*)", re.DOTALL)
_REMOTE = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://")


@dataclass(frozen=True)
class Address:
    """Where a table lives: `path` is as it was written (for `sql` the query), `version` None for the newest."""

    scheme: str
    path: str
    version: int | None = None

    def __str__(self) -> str:
        return f"{self.scheme}:{self.path}" + ("" if self.version is None else f"@version={self.version}")

    @property
    def local(self) -> Path | None:
        """The absolute path on this machine; None for a path that names a store, such as s3://bucket/table.

        A relative path counts from the folder in which the program runs now, and `~` is the user's home; in `file:`
        URIs %20 is a space, as pathlib's `as_uri` writes it.
        """
        if self.path.startswith("file:"):
            return Path(os.path.abspath(unquote(urlsplit(self.path).path)))  # noqa: PTH100 - resolve follows links
        if _REMOTE.match(self.path):
            return None
        return Path(os.path.abspath(Path(self.path).expanduser()))  # noqa: PTH100 - resolve follows links

    @property
    def location(self) -> str:
        """The path for Spark. A local one says `file:`, or a cluster would look in its own file system."""
        return self.path if self.local is None else f"file:{self.local}"


def parse(text: str) -> Address:
    """The address that `text` writes; raises `UsageError` for one of no known kind.

    >>> parse("delta:data/flights@version=3")
    Address(scheme='delta', path='data/flights', version=3)
    >>> parse("sql:SELECT * FROM flights WHERE dest = 'a:b'").path
    "SELECT * FROM flights WHERE dest = 'a:b'"
    >>> parse("data/flights")
    Traceback (most recent call last):
    ropeway.transforms.errors.UsageError: 'data/flights' is no address: it does not say what kind of table it is. ...
    """
    found = _SCHEME.fullmatch(text)
    known = ", ".join(f"{scheme}:" for scheme in SCHEMES)
    if found is None or (found[1] not in SCHEMES and found[2].startswith("//")):
        raise UsageError(
            f"{text!r} is no address: it does not say what kind of table it is. An address begins with one of "
            f"{known}, such as 'delta:{text}'"
        )
    scheme, rest = found.groups()
    if scheme not in SCHEMES:
        raise UsageError(f"{text!r}: there is no connector {scheme!r}. An address begins with one of {known}")
    if not rest.strip():
        raise UsageError(f"{text!r}: nothing follows {scheme}: where a path or a query is expected")
    if scheme in PATHLESS:
        return Address(scheme, rest)
    versioned = _VERSION.fullmatch(rest)
    if versioned is None:
        return Address(scheme, rest)
    if not re.fullmatch(r"[0-9]+", versioned[2]):
        raise UsageError(f"{text!r}: the version is {versioned[2]!r}, expected a whole number, as in '@version=3'")
    return Address(scheme, versioned[1], int(versioned[2]))
