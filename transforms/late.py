"""How rows enter and leave windows that don't do so in the order of their time."""

from typing import NamedTuple

import numpy as np

from ropeway.transforms.columns import Bytes, Places


class Late(NamedTuple):
    """What `kernels.late` and `kernels.moving` want to know of the rows of a group of windows.

    `order`: the positions in the order in which rows enter; `leaves`, int32[windows, rows]: in which they leave, empty
    if that is the order of time; `alive`, uint8[windows, rows]: which rows are in a window of some query.
    """

    order: Places
    leaves: Places
    alive: Bytes


#: of rows that enter and leave in the order of their time
IN_TIME = Late(np.empty(0, np.int32), np.empty((0, 0), np.int32), np.empty((0, 0), np.uint8))
