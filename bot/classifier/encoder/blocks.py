"""Numbers in four bits: arrays flow in and out of blocks of a half-precision scale and 32 weights."""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]
Blocks = npt.NDArray[np.uint8]

LENGTH = 32
SIZE = 2 + LENGTH // 2


def unpacked(blocks: Blocks) -> Array:
    """Blocks (…, blocks × 18 bytes) as weights (…, blocks × 32): low halves come first, and 8 stands for nothing."""
    rows = blocks.reshape(-1, SIZE)
    scale = np.ascontiguousarray(rows[:, :2]).view("<f2").astype(np.float32)
    halves = np.concatenate([rows[:, 2:] & 15, rows[:, 2:] >> 4], axis=1)
    return ((halves.astype(np.float32) - 8) * scale).reshape(*blocks.shape[:-1], -1)
