"""Arrays that grow. The loops are plain: slices would take seconds to compile."""

from typing import TypeVar

import numpy as np

from dedup.kernels.jit import compiled
from dedup.records import F64, I64, U32, U64, Flags

Values = TypeVar("Values", U32, U64, I64, F64, Flags)


@compiled
def trimmed(values: Values, taken: int) -> Values:
    """Return a copy of the first values."""
    result = np.empty(taken, values.dtype)
    for place in range(taken):
        result[place] = values[place]
    return result


@compiled
def with_room(values: Values, taken: int | np.int64, more: int | np.int64) -> Values:
    """Return the values, of which some are taken, in a larger array if no more fit in."""
    if taken + more <= len(values):
        return values
    larger = np.empty(2 * (taken + more), values.dtype)
    for place in range(taken):
        larger[place] = values[place]
    return larger
