"""Functions of numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ropeway.transforms.expressions.methods.base import Operand

if TYPE_CHECKING:
    from ropeway.transforms.expressions.tree import Expression


class Numbers(Operand):
    """Methods of numbers. Those of floats take integers, decimals and booleans as the nearest float64.

    Outside of a function's domain the answer is null, as of a logarithm of 0; what is too large is infinite.
    """

    def abs(self) -> Expression:
        """The value without its sign; also of decimals and durations. The least integer has none, and raises.

        >>> import ropeway as rw
        >>> from ropeway.transforms.expressions.row import value_of
        >>> value_of(rw.col("x").abs(), x=-2)
        2
        """
        return self.call("abs")

    def sign(self) -> Expression:
        """-1, 0 or 1, an integer of integers and a float of floats.

        >>> import ropeway as rw
        >>> from ropeway.transforms.expressions.row import value_of
        >>> value_of(rw.col("x").sign(), x=-2.5)
        -1.0
        """
        return self.call("sign")

    def sqrt(self) -> Expression:
        """The square root; null of what is below 0.

        >>> import ropeway as rw
        >>> from ropeway.transforms.expressions.row import value_of
        >>> value_of(rw.col("x").sqrt(), x=-1) is None
        True
        """
        return self.call("sqrt")

    def cbrt(self) -> Expression:
        """The cube root, also of what is below 0.

        >>> import ropeway as rw
        >>> from ropeway.transforms.expressions.row import value_of
        >>> value_of(rw.col("x").cbrt(), x=-8)
        -2.0
        """
        return self.call("cbrt")

    def exp(self) -> Expression:
        """e to the power of the value.

        >>> import ropeway as rw
        >>> from ropeway.transforms.expressions.row import value_of
        >>> value_of(rw.col("x").exp(), x=1000)
        inf
        """
        return self.call("exp")

    def expm1(self) -> Expression:
        """e to the power of the value, less 1: exact for small values, where `exp() - 1` is not.

        >>> import ropeway as rw
        >>> from ropeway.transforms.expressions.row import value_of
        >>> value_of(rw.col("x").expm1(), x=1e-20)
        1e-20
        """
        return self.call("expm1")

    def log(self) -> Expression:
        """The natural logarithm; null of 0 and below.

        >>> import ropeway as rw
        >>> from ropeway.transforms.expressions.row import value_of
        >>> value_of(rw.col("x").log(), x=0) is None
        True
        """
        return self.call("log")

    def log1p(self) -> Expression:
        """The natural logarithm of 1 and the value: exact for small values; null of -1 and below.

        >>> import ropeway as rw
        >>> from ropeway.transforms.expressions.row import value_of
        >>> value_of(rw.col("x").log1p(), x=1e-20)
        1e-20
        """
        return self.call("log1p")

    def log2(self) -> Expression:
        """The logarithm to base 2; null of 0 and below.

        >>> import ropeway as rw
        >>> from ropeway.transforms.expressions.row import value_of
        >>> value_of(rw.col("x").log2(), x=8)
        3.0
        """
        return self.call("log2")

    def log10(self) -> Expression:
        """The logarithm to base 10; null of 0 and below.

        >>> import ropeway as rw
        >>> from ropeway.transforms.expressions.row import value_of
        >>> value_of(rw.col("x").log10(), x=1000)
        3.0
        """
        return self.call("log10")

    def sin(self) -> Expression:
        """The sine of radians; null of infinity.

        >>> import ropeway as rw
        >>> from ropeway.transforms.expressions.row import value_of
        >>> value_of(rw.col("x").sin(), x=float("inf")) is None
        True
        """
        return self.call("sin")

    def cos(self) -> Expression:
        """The cosine of radians; null of infinity.

        >>> import ropeway as rw
        >>> from ropeway.transforms.expressions.row import value_of
        >>> value_of(rw.col("x").cos(), x=0)
        1.0
        """
        return self.call("cos")

    def tan(self) -> Expression:
        """The tangent of radians; null of infinity.

        >>> import ropeway as rw
        >>> from ropeway.transforms.expressions.row import value_of
        >>> value_of(rw.col("x").tan(), x=0)
        0.0
        """
        return self.call("tan")

    def asin(self) -> Expression:
        """The angle in radians of a sine; null outside of -1 to 1.

        >>> import ropeway as rw
        >>> from ropeway.transforms.expressions.row import value_of
        >>> value_of(rw.col("x").asin(), x=2) is None
        True
        """
        return self.call("asin")

    def acos(self) -> Expression:
        """The angle in radians of a cosine; null outside of -1 to 1.

        >>> import ropeway as rw
        >>> from ropeway.transforms.expressions.row import value_of
        >>> value_of(rw.col("x").acos(), x=1)
        0.0
        """
        return self.call("acos")

    def atan(self) -> Expression:
        """The angle in radians of a tangent; of two sides see `rw.atan2`.

        >>> import ropeway as rw
        >>> from ropeway.transforms.expressions.row import value_of
        >>> value_of(rw.col("x").atan(), x=0)
        0.0
        """
        return self.call("atan")

    def sinh(self) -> Expression:
        """The hyperbolic sine.

        >>> import ropeway as rw
        >>> from ropeway.transforms.expressions.row import value_of
        >>> value_of(rw.col("x").sinh(), x=1000)
        inf
        """
        return self.call("sinh")

    def cosh(self) -> Expression:
        """The hyperbolic cosine.

        >>> import ropeway as rw
        >>> from ropeway.transforms.expressions.row import value_of
        >>> value_of(rw.col("x").cosh(), x=0)
        1.0
        """
        return self.call("cosh")

    def tanh(self) -> Expression:
        """The hyperbolic tangent.

        >>> import ropeway as rw
        >>> from ropeway.transforms.expressions.row import value_of
        >>> value_of(rw.col("x").tanh(), x=1000)
        1.0
        """
        return self.call("tanh")

    def degrees(self) -> Expression:
        """Degrees of radians.

        >>> import ropeway as rw
        >>> from ropeway.transforms.expressions.row import value_of
        >>> value_of(rw.col("x").degrees(), x=3.141592653589793)
        180.0
        """
        return self.call("degrees")

    def radians(self) -> Expression:
        """Radians of degrees.

        >>> import ropeway as rw
        >>> from ropeway.transforms.expressions.row import value_of
        >>> value_of(rw.col("x").radians(), x=180)
        3.141592653589793
        """
        return self.call("radians")

    def floor(self) -> Expression:
        """The largest whole number that is not above the value; a float stays one.

        >>> import ropeway as rw
        >>> from ropeway.transforms.expressions.row import value_of
        >>> value_of(rw.col("x").floor(), x=-2.5)
        -3.0
        """
        return self.call("floor")

    def ceil(self) -> Expression:
        """The smallest whole number that is not below the value; a float stays one.

        >>> import ropeway as rw
        >>> from ropeway.transforms.expressions.row import value_of
        >>> value_of(rw.col("x").ceil(), x=-2.5)
        -2.0
        """
        return self.call("ceil")

    def trunc(self) -> Expression:
        """The value without what stands behind its point; a float stays one.

        >>> import ropeway as rw
        >>> from ropeway.transforms.expressions.row import value_of
        >>> value_of(rw.col("x").trunc(), x=-2.5)
        -2.0
        """
        return self.call("trunc")

    def round(self, digits: int = 0) -> Expression:
        """The value with so many digits behind its point, or with `digits` below 0 in tens and hundreds.

        A half goes to the even number.

        As in numpy, a float is multiplied by 10**digits, rounded and divided; 2.675 is below its text, and so above.

        >>> import ropeway as rw
        >>> from ropeway.transforms.expressions.row import value_of
        >>> value_of(rw.col("x").round(), x=2.5)
        2.0
        >>> value_of(rw.col("x").round(2), x=0.125)
        0.12
        >>> value_of(rw.col("x").round(-2), x=1250)
        1200
        """
        return self.call("round", digits=digits)

    def pow(self, exponent: object) -> Expression:
        """The value to a power, in float64 also of integers; the same as `**`. Null of what has no real answer.

        >>> import ropeway as rw
        >>> from ropeway.transforms.expressions.row import value_of
        >>> value_of(rw.col("x").pow(2), x=3)
        9.0
        >>> value_of(rw.col("x").pow(0.5), x=-1) is None
        True
        """
        return self.call("power", exponent)
