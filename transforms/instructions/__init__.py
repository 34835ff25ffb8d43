"""What a compiled program is made of: steps over blocks of rows in registers, the same code for a million and for one.

A program is a list of instructions, each eight int64: its code, its first output register, two input registers, how
many there are of what it works on, where its floats and its integers begin, and one number more. Registers are rows of
a float64 array, `registers[register, row]`; some hold int64 in the same bits (`integers`). Missing is NaN, or MISSING
in registers of integers.

A family of instructions is one file: `NAMES` and a function `step`, which `run` calls.
"""

from ropeway.transforms import kernels
from ropeway.transforms.unpacking import unpacked

__path__ = [unpacked(__name__, *kernels.__path__)]
