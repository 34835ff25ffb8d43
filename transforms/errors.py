"""Every error that ropeway raises on purpose, as one tree.

    RopewayError
    ├── DeclarationError          a declaration that can't mean anything: a window <= 0, two features of one name
    ├── SchemaError               declarations and tables that don't fit: an unknown column, a key of another type
    ├── TableError                a table as a whole
    │   ├── TableNotFoundError    ... is not there
    │   ├── TableExistsError      ... is there already, and the mode is "error"
    │   └── CapabilityError       ... can't do that where it lives: versions of a Parquet folder
    ├── DataError                 values found while computing: a null event time, an integer sum that overflows
    ├── StoreError                an online store that is not there, does not answer, or is full
    │   └── SupersededError       ... a batch as of a later instant writes the view
    ├── UsageError                a call or a command line that asks for nothing that exists
    └── MissingDependencyError    an optional package that is not installed

Errors of declarations, schemas and tables are raised on the driver before any work starts. A `DataError` is found
in the data: nothing is committed. Its message names the source, the column, how many rows and an example.

What is no error, but most often a mistake, is a warning: `LeakageWarning`, of features that may see their label.
"""


class RopewayError(Exception):
    """Any error that ropeway raises on purpose; its message says what was given, what was expected and what to do.

    >>> import ropeway as rw
    >>> issubclass(rw.DataError, rw.RopewayError)
    True
    """


class DeclarationError(RopewayError, ValueError):
    """A declaration that can't mean anything, raised where it is declared."""


class SchemaError(RopewayError, ValueError):
    """Declarations and tables that don't fit each other, raised before any work starts."""


class TableError(RopewayError):
    """Something is wrong with a table as a whole."""


class TableNotFoundError(TableError, FileNotFoundError):
    """The address names no table."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


class TableExistsError(TableError, FileExistsError):
    """The address names a table already, and the mode does not allow to change it."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


class CapabilityError(TableError):
    """The place where the table lives can't do what was asked."""


class DataError(RopewayError, ValueError):
    """Values found while computing that have no answer; nothing is committed."""


class StoreError(RopewayError, ConnectionError):
    """An online store is not there, does not answer in time, or can't take what it is given."""


class SupersededError(StoreError):
    """A batch as of a later instant has begun to write a view: what an older one would still write is refused."""


class UsageError(RopewayError, ValueError):
    """A call, an address or a command line that asks for nothing that exists."""


class MissingDependencyError(RopewayError, ImportError):
    """An optional package is needed and not installed; the message says which extra brings it."""


class LeakageWarning(UserWarning):
    """A feature may see what its label is to tell: the result is as declared, and a model learns from it in vain.

    >>> import pandas as pd, pytest, ropeway as rw
    >>> table = pd.DataFrame({"tail": ["N1"], "at": pd.to_datetime(["2013-01-01"]), "delay": [5.0]})
    >>> flights, tail = rw.Source("flights", table, "at"), rw.Entity("tail")
    >>> seen = rw.FeatureView("plane", tail, flights, [rw.last("delay").over("1d", closed="both")])
    >>> told = rw.LabelView("later", tail, flights, [rw.max("delay").ahead("1d")])
    >>> rows = table[["tail", "at"]]
    >>> with pytest.warns(rw.LeakageWarning, match="plane__delay_last_1d"):
    ...     made = rw.training_frame(rows, seen, told, timestamp="at")
    """
