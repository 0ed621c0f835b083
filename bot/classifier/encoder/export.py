"""Writes the tuned layers down as they are run: weights flow in, an ONNX graph of 8-bit products flows out."""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from bot.classifier.encoder.blocks import Array
from bot.classifier.encoder.encoder import WIDTH

HEAD = 32
"""Numbers of a head of attention; a layer has as many heads as its weights hold."""
EPSILON = 1e-12
_OPSETS = [helper.make_opsetid("", 20), helper.make_opsetid("com.microsoft", 1)]

Weights = Mapping[str, Array]


def write_layers(weights: Weights, layers: int, path: Path) -> None:
    """Weights in 7 bits (processors without VNNI add up pairs of 8-bit products in 16, which overflow), what flows
    through in 8."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    with TemporaryDirectory() as folder:
        whole = Path(folder) / "layers.onnx"
        onnx.save(graph(weights, layers), whole)
        # What comes out of onnxruntime's own nodes is of no type that onnx knows.
        told = {"DefaultTensorType": TensorProto.FLOAT}
        quantize_dynamic(
            whole, path, per_channel=True, reduce_range=True, weight_type=QuantType.QInt8, extra_options=told
        )


def graph(weights: Weights, layers: int) -> onnx.ModelProto:
    """BERT with the norm after each half and exact GELU; (1, pieces, width) in and out."""
    drawn = _Drawing(weights)
    out = drawn.norm("pieces", "emb.ln")
    for layer in range(layers):
        out = drawn.layer(out, f"l{layer}")
    drawn.nodes.append(helper.make_node("Identity", [out], ["read"]))
    shape: list[str | int | None] = ["texts", "pieces", WIDTH]
    whole = helper.make_graph(
        drawn.nodes,
        "encoder",
        [helper.make_tensor_value_info("pieces", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("read", TensorProto.FLOAT, shape)],
        drawn.constants,
    )
    return helper.make_model(whole, opset_imports=_OPSETS, ir_version=10)


class _Drawing:
    """Nodes and constants as they are drawn, each node named by its number."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def layer(self, given: str, name: str) -> str:
        asked = (self._linear(given, f"{name}.{part}") for part in "qkv")
        heads = self._weights[f"{name}.q.b"].size // HEAD
        # onnxruntime's own node: half the time of the six that it stands for.
        seen = self._node("MultiHeadAttention", *asked, domain="com.microsoft", num_heads=heads)
        half = self.norm(self._node("Add", given, self._linear(seen, f"{name}.ao")), f"{name}.aln")
        wide = self._node("Gelu", self._linear(half, f"{name}.fi"))
        return self.norm(self._node("Add", half, self._linear(wide, f"{name}.fo")), f"{name}.oln")

    def norm(self, given: str, name: str) -> str:
        scale = self._constant(f"{name}.w", self._weights[f"{name}.w"])
        shift = self._constant(f"{name}.b", self._weights[f"{name}.b"])
        return self._node("LayerNormalization", given, scale, shift, epsilon=EPSILON)

    def _linear(self, given: str, name: str) -> str:
        matrix = self._constant(f"{name}.w", np.ascontiguousarray(self._weights[f"{name}.w"].T))
        product = self._node("MatMul", given, matrix)
        return self._node("Add", product, self._constant(f"{name}.b", self._weights[f"{name}.b"]))

    def _constant(self, name: str, value: Any) -> str:
        self.constants.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def _node(self, kind: str, *given: str, **how: Any) -> str:
        name = f"n{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(given), [name], **how))
        return name


def read_layers(path: Path) -> tuple[dict[str, Array], int]:
    """The weights of written layers, as good as their bits, and how many layers there are."""
    stored = {one.name: numpy_helper.to_array(one) for one in onnx.load(path).graph.initializer}
    weights: dict[str, Array] = {}
    for name, value in stored.items():
        matrix = name.removesuffix("_quantized")
        if matrix != name:
            shift, scale = stored[f"{matrix}_zero_point"], stored[f"{matrix}_scale"]
            weights[matrix] = ((value.astype(np.float32) - shift) * scale).T.astype(np.float32)
        elif name.endswith((".w", ".b")):
            weights[name] = value.astype(np.float32)
    return weights, 1 + max(int(name[1 : name.index(".")]) for name in weights if name[1].isdigit())
