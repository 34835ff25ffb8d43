"""Where an instruction holds what: the places of its eight int64."""

import numpy as np

OP, OUT, A, B, COUNT, FLOATS, INTS, MORE = range(8)
#: a missing value in a register of integers
MISSING = np.int64(-(2**63))
