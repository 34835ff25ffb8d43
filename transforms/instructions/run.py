"""All instructions of a program over one block of rows."""

from ropeway.transforms.instructions import arithmetic, combined, curves, groups, places, tables, tallies, times
from ropeway.transforms.instructions.fields import OP
from ropeway.transforms.kernels.wide import compiled

#: a family's place is the hundreds of the codes of its instructions, which are stored nowhere
FAMILIES = (arithmetic, tables, groups, combined, curves, places, tallies, times)
#: the code of each instruction, by name
CODES = {name: 100 * number + at for number, family in enumerate(FAMILIES) for at, name in enumerate(family.NAMES)}

_arithmetic, _tables, _groups, _combined, _curves, _places, _tallies, _times = (family.step for family in FAMILIES)


@compiled
def run(codes, floats, ints, registers, integers):  # type: ignore[no-untyped-def]
    """Work through the instructions; `integers` are the bits of `registers`.

    codes: int64[instructions, 8], floats: float64[...], ints: int64[...], registers: float64[registers, rows].
    """
    for i in range(len(codes)):
        code = codes[i]
        family = code[OP] // 100
        op = code[OP] - 100 * family
        if family == 0:
            _arithmetic(op, code, floats, ints, registers, integers)
        elif family == 1:
            _tables(op, code, floats, ints, registers, integers)
        elif family == 2:
            _groups(op, code, floats, ints, registers, integers)
        elif family == 3:
            _combined(op, code, floats, ints, registers, integers)
        elif family == 4:
            _curves(op, code, floats, ints, registers, integers)
        elif family == 5:
            _places(op, code, floats, ints, registers, integers)
        elif family == 6:
            _tallies(op, code, floats, ints, registers, integers)
        else:
            _times(op, code, floats, ints, registers, integers)
