"""A source like the pretrained one, so small that a test can write and tune it: one layer, some hundred pieces."""

import struct
from pathlib import Path

import numpy as np

from bot.classifier.encoder.blocks import LENGTH, Array

WIDTH, WIDE, PLACES = 384, 1536, 514
LAYER = {
    "q": (WIDTH, WIDTH), "k": (WIDTH, WIDTH), "v": (WIDTH, WIDTH), "ao": (WIDTH, WIDTH),
    "fi": (WIDE, WIDTH), "fo": (WIDTH, WIDE),
}  # fmt: skip
PIECES = (
    "<s>", "<pad>", "</s>", "<unk>",
    *"▁abcdefghijklmnopqrstuvwxyz0123456789.,:?!'-",
    "▁my", "▁is", "▁please", "▁delete", "▁address", "▁data", "▁stop", "▁street", "ж",
    "<mask>",
)  # fmt: skip


def packed(weights: Array) -> bytes:
    """Blocks of a scale and 32 weights of four bits, as the source holds them."""
    blocks = weights.astype(np.float32).reshape(-1, LENGTH)
    scale = np.maximum(np.abs(blocks).max(axis=1, keepdims=True) / 7, 1e-4).astype("<f2")
    halves = (np.clip(np.round(blocks / scale.astype(np.float32)), -8, 7) + 8).astype(np.uint8)
    low, high = np.split(halves, 2, axis=1)
    return np.concatenate([scale.view(np.uint8).reshape(-1, 2), low | high << 4], axis=1).tobytes()


def write_source(path: Path, seed: int = 5) -> None:
    chance = np.random.default_rng(seed)
    tensors: dict[str, bytes] = {
        "emb.word": packed(chance.standard_normal((len(PIECES), WIDTH))),
        "emb.pos": packed(chance.standard_normal((PLACES, WIDTH)) * 0.02),
        "emb.type": np.zeros(WIDTH, "<f4").tobytes(),
    }
    for name in ("emb.ln", "l0.aln", "l0.oln"):
        tensors |= {f"{name}.w": np.ones(WIDTH, "<f4").tobytes(), f"{name}.b": np.zeros(WIDTH, "<f4").tobytes()}
    for name, shape in LAYER.items():
        tensors[f"l0.{name}.w"] = packed(chance.standard_normal(shape) * 0.05)
        tensors[f"l0.{name}.b"] = np.zeros(shape[0], "<f4").tobytes()
    path.write_bytes(_laid_out(tensors))


def _laid_out(tensors: dict[str, bytes]) -> bytes:
    words = [piece.encode() for piece in PIECES]
    offsets = np.cumsum([0, *map(len, words)]).astype("<u4")
    scores = -np.arange(len(PIECES), dtype="<f4") / 10
    scores[[PIECES.index(word) for word in ("▁my", "▁is", "▁please", "▁delete", "▁address")]] = 0
    head = b"E5S1" + struct.pack("<I7ifi5iQ", 1, WIDTH, 1, 12, WIDE, len(PIECES), PLACES, 1, 1e-12, LENGTH,
                                 len(PIECES), 0, 2, 1, 3, int(offsets[-1]))  # fmt: skip
    head += offsets.tobytes() + scores.tobytes() + b"".join(words) + struct.pack("<iI", 0, 0)
    head += struct.pack("<i", len(tensors))
    at = len(head) + sum(2 + len(name) + 21 for name in tensors)
    table = b""
    for name, content in tensors.items():
        count = len(content) // 4 if _is_plain(name) else len(content) // 18 * LENGTH
        table += struct.pack("<H", len(name)) + name.encode() + struct.pack("<BIQQ", 0, count, at, len(content))
        at += len(content)
    return head + table + b"".join(tensors.values())


def _is_plain(name: str) -> bool:
    return name.endswith(".b") or "ln" in name or name == "emb.type"
