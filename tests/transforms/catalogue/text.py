"""Cases of text."""

from ropeway import transforms as T
from tests.transforms.catalogue.cases import Case, each

CASES = [Case(T.Lower(), ("carrier", "dest", "words"), each(lambda column: column.str.lower()))]
