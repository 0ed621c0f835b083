"""The shipped encoder at work: texts flow in, the vector of each piece in its place flows out."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.classifier.encoder.blocks import Array, Blocks, unpacked

PIECES, VECTORS, POSITIONS, LAYERS = "pieces.model", "vectors.npy", "positions.npy", "layers.onnx"
LICENSE = "LICENSE"
WIDTH = 384
_BEGIN, _END = 1, 2
# Its one node for a sum and a norm takes three times as long as the two.
_SLOW = "SkipLayerNormFusion"

Places = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Pieces:
    """A text in pieces: their numbers and where each begins (with the white space before it) and ends."""

    numbers: Places
    starts: Places
    ends: Places

    def __len__(self) -> int:
        return len(self.numbers)

    def __getitem__(self, some: slice | npt.NDArray[np.bool_]) -> "Pieces":
        return Pieces(self.numbers[some], self.starts[some], self.ends[some])


class Encoder:
    """Reads one text at a time on one thread: as fast as in batches, and nothing is padded."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @cached_property
    def _splitter(self) -> Any:
        from sentencepiece import SentencePieceProcessor

        return SentencePieceProcessor(model_file=str(self._folder / PIECES))

    @cached_property
    def _session(self) -> Any:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        return onnxruntime.InferenceSession(
            str(self._folder / LAYERS), options, providers=["CPUExecutionProvider"], disabled_optimizers=[_SLOW]
        )

    @cached_property
    def _vectors(self) -> Blocks:
        vectors: Blocks = np.load(self._folder / VECTORS, mmap_mode="r")
        return vectors

    @cached_property
    def _positions(self) -> Array:
        places: Array = np.load(self._folder / POSITIONS).astype(np.float32)
        return places

    def pieces(self, text: str) -> Pieces:
        """The text in pieces, without a beginning and an end."""
        found = self._splitter.encode(text, return_type="offset_mapping")
        spots = np.array(found["offsets"], np.int32).reshape(-1, 2)
        return Pieces(np.array(found["ids"], np.int32), spots[:, 0], spots[:, 1])

    def given(self, numbers: Places) -> Array:
        """What the layers are given: the vectors of as many pieces as there are places, in a beginning and an end."""
        framed = np.concatenate([[_BEGIN], numbers[: len(self._positions) - 2], [_END]])
        return unpacked(np.asarray(self._vectors[framed])) + self._positions[: len(framed)]

    def read(self, given: Array) -> Array:
        """The vector of each piece in its place, (pieces, width)."""
        (read,) = self._session.run(None, {"pieces": given[None]})
        within: Array = read[0, 1:-1]
        return within
