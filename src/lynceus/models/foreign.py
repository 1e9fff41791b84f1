"""A model made elsewhere and exported to ONNX, taken in by a small manifest that stands beside it.

    {"name": "floods", "version": 1, "task": "attack_family", "tier": "flow",
     "inputs": ["duration_s", "orig_packets"], "classes": ["benign", "dos"], "file": "floods.onnx"}

Optional: `link` (how its scores become shares), `shape` (of one row of inputs), `fill` (what stands
for unknown values), `card`, `alert` (by class the probability from which on it may alert). The
inputs must be numbers of ours (`docs/features.md`), in our units. It starts in the shadow.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lynceus.models.artefact import Artefact, ModelRefused
from lynceus.models.manifest import Expected, Gate, Link, Manifest, Name, Share, Tier
from lynceus.models.served import MAIN, Served
from lynceus.models.specification import SpecificationError, hash_of
from lynceus.records import Task

UNGATED = "it was not judged on validation data"


class Foreign(BaseModel):
    """What has to be told of a model made elsewhere."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    name: Name
    version: int = Field(default=1, ge=1)
    task: Task
    tier: Tier
    inputs: tuple[str, ...] = Field(min_length=1)
    classes: tuple[str, ...] = Field(min_length=2)
    file: str = Field(pattern=r"^[^/\\]+$")
    """The ONNX graph, beside the manifest."""
    link: Link = "identity"
    shape: tuple[int, ...] | None = None
    fill: float | None = None
    card: str = ""
    alert: dict[str, Share | None] = Field(default_factory=dict)


def taken_in(path: Path) -> Artefact:
    """The artefact of a small manifest, in the shadow; its graph has been run.

    Raises ModelRefused with the field or the input that is wrong.
    """
    try:
        told = Foreign.model_validate_json(path.read_bytes())
        graph = (path.parent / told.file).read_bytes()
        manifest = Manifest.model_validate(
            {
                **told.model_dump(exclude={"file", "fill"}),
                "kind": "net",
                "spec_hash": hash_of(told.tier, told.inputs),
                "expected": _expected(told),
                "gate": Gate(passed=False, reasons={"model": UNGATED}),
                "parameters": {"made": "elsewhere", "file": told.file},
            }
        )
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"])) or "the manifest"
        raise ModelRefused(f"{path}: {field}: {first['msg']}") from None
    except SpecificationError as error:
        raise ModelRefused(f"{path}: inputs: {error}") from None
    except OSError as error:
        raise ModelRefused(f"{error.filename}: cannot be read: {error.strerror}") from None
    artefact = Artefact.of(manifest, {MAIN["net"]: graph})
    Served(artefact)
    return artefact


def _expected(told: Foreign) -> dict[str, Expected]:
    """Nothing is known of its inputs but what stands for an unknown one."""
    if told.fill is None:
        return {}
    return {name: Expected(low=told.fill, high=told.fill, fill=told.fill) for name in told.inputs}
