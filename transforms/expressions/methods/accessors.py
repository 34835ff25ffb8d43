"""The kinds of values that have methods of their own."""

from ropeway.transforms.expressions.methods.base import Operand
from ropeway.transforms.expressions.methods.nested import Lists, Maps
from ropeway.transforms.expressions.methods.strings import Strings
from ropeway.transforms.expressions.methods.times import Times


class Accessors(Operand):
    """Methods by the kind of the value; apart from others, since these names hide Python's own."""

    @property
    def str(self) -> Strings:
        """Operations of strings, such as `.str.lower()`."""
        return Strings(self)

    @property
    def dt(self) -> Times:
        """Operations of instants, dates and durations, such as `.dt.hour(tz="Europe/Paris")`."""
        return Times(self)

    @property
    def list(self) -> Lists:
        """Operations of lists, such as `.list.get(0)`."""
        return Lists(self)

    @property
    def map(self) -> Maps:
        """Operations of maps, such as `.map.get("key")`."""
        return Maps(self)
