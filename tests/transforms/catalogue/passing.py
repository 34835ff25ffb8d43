"""Cases of columns as they are."""

from ropeway import transforms as T
from tests.transforms.catalogue.cases import Case, each

CASES = [Case(T.Passthrough(), ("x", "holes", "carrier", "dest", "at", "flag"), each(lambda column: column))]
