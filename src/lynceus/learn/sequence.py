"""Networks over the first packets of a flow: sizes, directions and gaps, never payload.

    Recurrent()      a gated recurrent network, read both ways
    Convolution()    a temporal convolution of growing reach

Both are learners like those of `learners.py`, over the inputs of `INPUTS`. What a network does to
its inputs (logarithms, masks) is part of it, so the exported graph takes the numbers as they stand
in `features.vector`, NaN where a flow has fewer packets.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import numpy as np

from lynceus.features import vector
from lynceus.learn.extras import extra
from lynceus.learn.learners import Classes, Floats, Matrix, Settings

PACKETS = vector.FIRST_PACKETS
SIZES = tuple(f"packet_{at:02}_size_bytes" for at in range(1, PACKETS + 1))
GAPS = tuple(f"packet_{at:02}_gap_s" for at in range(2, PACKETS + 1))
INPUTS = (*SIZES, *GAPS, "proto_tcp")
"""What a network reads, in the order of its columns: signed sizes, gaps, and the transport."""

CHANNELS = 7
"""Numbers of one packet inside a network."""
LARGEST = 1500.0
"""Bytes of a usual largest packet: sizes are told as shares of it."""
BATCH = 128
MOST_STEPS = 4_000
"""Steps of a training: of many rows as many passes as fit, so that the time does not grow with the
rows. Up to 17,000 rows get all their epochs."""


@dataclass(frozen=True)
class Recurrent:
    """A gated recurrent network that reads the packets both ways."""

    name: str = "recurrent"
    settings: Settings = field(
        default_factory=lambda: {"hidden": 32, "epochs": 30, "rate": 6e-3, "dropout": 0.3}
    )

    def fit(self, numbers: Matrix, classes: Classes, weights: Floats, seed: int) -> Network:
        """Adam under a rate that rises and falls; the same twice with the same seed."""
        return _fitted(_recurrent, self.settings, numbers, classes, weights, seed)


@dataclass(frozen=True)
class Convolution:
    """A temporal convolution: three layers that see 3, 7 and 15 packets."""

    name: str = "convolution"
    settings: Settings = field(
        default_factory=lambda: {"hidden": 32, "epochs": 30, "rate": 6e-3, "dropout": 0.3}
    )

    def fit(self, numbers: Matrix, classes: Classes, weights: Floats, seed: int) -> Network:
        """As of `Recurrent`."""
        return _fitted(_convolution, self.settings, numbers, classes, weights, seed)


@dataclass(frozen=True)
class Network:
    """A trained network."""

    module: Any
    """Logits of rows of inputs."""

    def probabilities(self, numbers: Matrix) -> Floats:
        """Rows x classes."""
        torch = extra("torch", "deep")
        with torch.no_grad():
            logits = [
                self.module(torch.from_numpy(np.array(numbers[at : at + 4096], np.float32)))
                for at in range(0, max(1, len(numbers)), 4096)
            ]
            told: Floats = torch.softmax(torch.cat(logits), 1).numpy().astype(np.float64)
        return told

    def onnx(self) -> bytes:
        """The network as an ONNX graph: any number of rows of `INPUTS`; out come logits."""
        torch = extra("torch", "deep")
        extra("onnxscript", "deep")
        written = BytesIO()
        program = torch.onnx.export(
            self.module,
            (torch.zeros(3, len(INPUTS)),),
            input_names=["numbers"],
            output_names=["logits"],
            dynamic_shapes=({0: torch.export.Dim("rows")},),
            dynamo=True,
            verbose=False,
        )
        program.save(written)
        return written.getvalue()


def _fitted(
    build: Callable[[Any, int, Settings], Any],
    settings: Settings,
    numbers: Matrix,
    classes: Classes,
    weights: Floats,
    seed: int,
) -> Network:
    torch = extra("torch", "deep")
    torch.manual_seed(seed)
    torch.use_deterministic_algorithms(True)
    module = build(torch, int(classes.max()) + 1, settings)
    rows = len(numbers)
    batches = -(-rows // BATCH)
    epochs = max(1, min(int(settings["epochs"]), MOST_STEPS // batches))
    values = torch.from_numpy(np.array(numbers, np.float32))
    known = torch.from_numpy(np.array(classes, np.int64))
    weight = torch.from_numpy(np.asarray(weights / weights.mean(), np.float32))
    adam = torch.optim.AdamW(module.parameters(), lr=settings["rate"], weight_decay=1e-2)
    rate = torch.optim.lr_scheduler.OneCycleLR(
        adam, settings["rate"], total_steps=epochs * batches, pct_start=0.2
    )
    module.train()
    for _ in range(epochs):
        order = torch.randperm(rows)
        for at in range(0, rows, BATCH):
            some = order[at : at + BATCH]
            logits = module(_varied(torch, values[some]))
            losses = torch.nn.functional.cross_entropy(
                logits, known[some], reduction="none", label_smoothing=0.05
            )
            adam.zero_grad()
            (losses * weight[some]).mean().backward()
            torch.nn.utils.clip_grad_norm_(module.parameters(), 2.0)
            adam.step()
            rate.step()
    module.eval()
    return Network(module)


def _varied(torch: Any, rows: Any) -> Any:
    """The rows as another network might have shown them: a little slower or faster, other header
    lengths, and some of them cut short."""
    rows = rows.clone()
    count = len(rows)
    sizes, gaps = rows[:, :PACKETS], rows[:, PACKETS : 2 * PACKETS - 1]
    sizes += torch.sign(sizes) * torch.randint(-6, 13, (count, 1))
    gaps *= torch.exp(0.5 * torch.randn(count, 1) + 0.2 * torch.randn(count, PACKETS - 1))
    lengths = (~sizes.isnan()).sum(1)
    left = 4 + (torch.rand(count) * (lengths - 4).clamp(min=0)).long()
    left = torch.where(torch.rand(count) < 0.3, left, torch.full_like(left, PACKETS))
    gone = torch.arange(PACKETS)[None, :] >= left[:, None]
    sizes[gone] = torch.nan
    gaps[gone[:, 1:]] = torch.nan
    return rows


def _packets(torch: Any, rows: Any) -> tuple[Any, Any]:
    """Channels of each packet (rows x packets x `CHANNELS`) and which packets there are."""
    sizes, gaps = rows[:, :PACKETS], rows[:, PACKETS : 2 * PACKETS - 1]
    there = (~torch.isnan(sizes)).float()
    signed = torch.where(torch.isnan(sizes), torch.zeros_like(sizes), sizes) / LARGEST
    waited = torch.where(torch.isnan(gaps), torch.zeros_like(gaps), gaps)
    waited = torch.log1p(waited.clamp(0.0, 3600.0) * 1e6) / 16.0
    waited = torch.cat([torch.zeros_like(signed[:, :1]), waited], 1)
    tcp = rows[:, -1:]
    tcp = torch.where(torch.isnan(tcp), torch.zeros_like(tcp), tcp)
    size = signed.abs().clamp(max=4.0)
    channels = (
        size, torch.sign(signed), waited, torch.log1p(size * LARGEST) / 8.0,
        signed.clamp(-4.0, 4.0), there, tcp * there,
    )  # fmt: skip
    return torch.stack([c * there for c in channels], 2), there.unsqueeze(2)


def _summed_up(torch: Any, states: Any, there: Any) -> Any:
    """The greatest and the mean of each state over the packets that there are."""
    states = states * there
    mean = states.sum(1) / there.sum(1).clamp(min=1.0)
    return torch.cat([states.max(1).values, mean], 1)


def _recurrent(torch: Any, classes: int, settings: Settings) -> Any:
    nn, hidden = torch.nn, int(settings["hidden"])

    class Module(nn.Module):  # type: ignore[misc,name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.read = nn.GRU(CHANNELS, hidden, batch_first=True, bidirectional=True)
            self.drop = nn.Dropout(settings["dropout"])
            self.told = nn.Linear(4 * hidden, classes)

        def forward(self, rows: Any) -> Any:
            channels, there = _packets(torch, rows)
            states, _ = self.read(channels)
            return self.told(self.drop(_summed_up(torch, states, there)))

    return Module()


def _convolution(torch: Any, classes: int, settings: Settings) -> Any:
    nn, hidden = torch.nn, int(settings["hidden"])

    class Module(nn.Module):  # type: ignore[misc,name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.first = nn.Conv1d(CHANNELS, hidden, 3, padding=1)
            self.wider = nn.ModuleList(
                nn.Conv1d(hidden, hidden, 3, padding=reach, dilation=reach) for reach in (2, 4)
            )
            self.drop = nn.Dropout(settings["dropout"])
            self.told = nn.Linear(2 * hidden, classes)

        def forward(self, rows: Any) -> Any:
            channels, there = _packets(torch, rows)
            mask = there.transpose(1, 2)
            states = torch.relu(self.first(channels.transpose(1, 2))) * mask
            for layer in self.wider:
                states = (states + torch.relu(layer(states))) * mask
            return self.told(self.drop(_summed_up(torch, states.transpose(1, 2), there)))

    return Module()
