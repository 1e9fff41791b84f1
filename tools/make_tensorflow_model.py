"""Makes the small TensorFlow model that the tests take in: floods told by flows without an answer.

    python tools/make_tensorflow_model.py tests/models/tensorflow

Needs tensorflow and tf2onnx, in an environment of their own; the product needs neither.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import tensorflow as tf
import tf2onnx

INPUTS = ("duration_s", "orig_packets", "resp_packets")
MANIFEST = {
    "name": "floods_of_tensorflow",
    "task": "attack_family",
    "tier": "flow",
    "inputs": INPUTS,
    "classes": ["benign", "dos"],
    "file": "floods.onnx",
    "fill": 0.0,
    "card": "A test model: flows without an answer are floods. Made with TensorFlow.",
    "alert": {"dos": 0.9},
}


def main(folder: Path) -> None:
    """Trains on made flows, exports to ONNX, writes graph and manifest."""
    tf.keras.utils.set_random_seed(1)
    chance = np.random.default_rng(1)
    rows = chance.integers(0, 12, (4_000, len(INPUTS))).astype(np.float32)
    rows[::2, 2] = 0
    truth = (rows[:, 2] == 0).astype(np.int64)
    net = tf.keras.Sequential(
        [
            tf.keras.Input((len(INPUTS),), name="numbers"),
            tf.keras.layers.Dense(8, activation="relu"),
            tf.keras.layers.Dense(2, activation="softmax"),
        ]
    )
    net.compile(tf.keras.optimizers.Adam(0.02), "sparse_categorical_crossentropy")
    net.fit(rows, truth, epochs=20, batch_size=128, verbose=0)
    signature = [tf.TensorSpec((None, len(INPUTS)), tf.float32, name="numbers")]
    graph, _ = tf2onnx.convert.from_function(tf.function(net), input_signature=signature, opset=15)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MANIFEST["file"]).write_bytes(graph.SerializeToString())
    (folder / "floods.json").write_text(json.dumps(MANIFEST, indent=1) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
