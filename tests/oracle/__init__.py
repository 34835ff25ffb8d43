"""The naive oracle: for each query, look at each row; sums in Python's own integers, nothing shared with the library.

Rows are dicts; times are int microseconds. A `Wanted` says in plain data what a feature declares.
"""

from tests.oracle.answering import answers
from tests.oracle.changes import Changes
from tests.oracle.nearness import Near, same
from tests.oracle.wanted import OVERFLOW, Row, Wanted, missing, order

__all__ = ["OVERFLOW", "Changes", "Near", "Row", "Wanted", "answers", "missing", "order", "same"]
