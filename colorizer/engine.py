"""What runs the networks that paint: torch, or on a CPU OpenVINO, which is faster there."""

import copy
import sys
import warnings
from functools import lru_cache
from itertools import product
from threading import Lock
from types import ModuleType

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .images import InputError
from .models.blocks import ResNeXtUNet
from .working import DRAFT_RATIO, WORKING_MULTIPLE

REQUIREMENTS = "colorizer/requirements-openvino.txt"
CHANNELS = 16
"""A processor with matrices multiplies so many channels at once, however few there are."""
KEPT_PLANS = 4
"""OpenVINO's plans are kept for so many of the last sizes; each takes some 40 MB."""


class Stages(nn.Module):
    """Both stages of Figure 2, run by torch."""

    def __init__(self, models: dict[str, nn.Module]):
        super().__init__()
        self.draft, self.colorization = models["draft"], models["colorization"]
        self.enlarge = nn.Upsample(scale_factor=DRAFT_RATIO, mode="bilinear")

    def forward(self, line: Tensor, small: Tensor, hint: Tensor) -> tuple[Tensor, Tensor]:
        """Return the colored pictures and the drafts; see `Colorizer.forward`."""
        draft = self.draft(small, hint)
        return self.colorization(line, self.enlarge(draft)), draft


class Halved(nn.Module):
    """Both stages; that of a narrow colorization model, folded, works at half the size."""

    def __init__(self, stages: Stages):
        super().__init__()
        self.draft, self.colorization = stages.draft, fold(stages.colorization)
        self.enlarge = enlarging()

    def forward(self, line: Tensor, small: Tensor, hint: Tensor) -> tuple[Tensor, Tensor]:
        """Return what `Stages.forward` does."""
        draft = self.draft(small, hint)
        halved = self.colorization(F.pixel_unshuffle(line, 2), self.enlarge(draft))
        return F.pixel_shuffle(halved, 2), draft


def enlarging() -> nn.Sequential:
    """Return what enlarges drafts as `Stages` does, and then does `PixelUnshuffle(2)`.

    From (N, 3, h, w) to (N, 12, 2h, 2w). It is a transposed convolution, which for OpenVINO is less
    work than both.
    """
    there = (torch.arange(DRAFT_RATIO) + 0.5) / DRAFT_RATIO - 0.5
    shares = (1 - (there[:, None] - torch.arange(1, -2, -1)).abs()).clamp(min=0)
    taps = shares.reshape(2, 2, 3).permute(1, 2, 0).flatten(1)  # of each pixel of a pair
    weight = torch.einsum("yi,xj->yxij", taps, taps).reshape(4, 6, 6)
    conv = nn.ConvTranspose2d(3, 12, 6, 2, 4, groups=3, bias=False)
    conv.weight = nn.Parameter(weight.repeat(3, 1, 1, 1))
    return nn.Sequential(nn.ReplicationPad2d(1), conv)


def fold(model: ResNeXtUNet) -> ResNeXtUNet:
    """Return a copy that does the same to `PixelUnshuffle(2)` of its inputs and its output.

    There a pixel has the channels of four, which together are up to `CHANNELS` in a narrow model.
    """
    model = copy.deepcopy(model)
    model.first[0] = at_half(model.first[0])
    model.down[0][0] = at_half(model.down[0][0])
    shuffle = next(i for i, m in enumerate(model.up[-1]) if isinstance(m, nn.PixelShuffle))
    model.up[-1][shuffle] = nn.Identity()
    model.last[0] = at_half(model.last[0])
    model.to_color = at_half(model.to_color)
    return model


def at_half(conv: nn.Conv2d) -> nn.Conv2d:
    """Return a k3s1 that does on unshuffled pixels what a k3s1 or a k4s2 does on pixels.

    It takes `PixelUnshuffle(2)` of their input. That of a k3s1 returns that of its output.
    """
    cout, cin, side, _ = conv.weight.shape
    phases = 2 // conv.stride[0]  # of the output, on each axis
    weight = conv.weight.new_zeros(cout, phases, phases, cin, 2, 2, 3, 3)
    for y, x, i, j in product(range(phases), range(phases), range(side), range(side)):
        (row, a), (column, b) = divmod(y + i - 1, 2), divmod(x + j - 1, 2)
        weight[:, y, x, :, a, b, row + 1, column + 1] = conv.weight[:, :, i, j]
    half = nn.Conv2d(4 * cin, cout * phases**2, 3, 1, 1, bias=False)
    half.weight = nn.Parameter(weight.reshape(half.weight.shape).detach())
    return half


class Exported:
    """The same stages run by OpenVINO on the CPU, with the weights that they have now.

    They are called alike, and multiply bfloat16 where `torch.autocast` says so. A plan for one
    size takes 0.2 s to make and two thirds of the time of a plan for any size to run.
    """

    def __init__(self, stages: Stages):
        """Convert them, which takes about 0.6 s."""
        if 4 * stages.colorization.first[0].out_channels <= CHANNELS:
            stages = Halved(stages)
        openvino, few = load_openvino(), WORKING_MULTIPLE // DRAFT_RATIO
        shapes = (1, WORKING_MULTIPLE, WORKING_MULTIPLE), (1, few, few), (4, few, few)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch's, on how OpenVINO reads modules
            given = tuple(torch.zeros(1, *shape) for shape in shapes)
            self._model = openvino.convert_model(torch.jit.trace(stages, given, check_trace=False))
        self._core, self._lock = openvino.Core(), Lock()
        self._plan = lru_cache(KEPT_PLANS)(self._compile)

    def _compile(self, shapes: tuple[torch.Size, ...], precision: str):
        model = self._model.clone()
        model.reshape({number: list(shape) for number, shape in enumerate(shapes)})
        return self._core.compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": precision})

    def __call__(self, *inputs: Tensor) -> tuple[Tensor, Tensor]:
        """Return what `Stages.forward` does, on the CPU."""
        precision = "bf16" if torch.is_autocast_enabled("cpu") else "f32"
        with self._lock:  # a plan paints one picture at a time
            plan = self._plan(tuple(t.shape for t in inputs), precision)
            found = plan([t.contiguous().numpy() for t in inputs])
        return torch.from_numpy(found[0]), torch.from_numpy(found[1])


def load_openvino() -> ModuleType:
    """Return the package; raise InputError where it is not installed."""
    sys.modules.setdefault("openvino_telemetry", None)  # without it nothing is sent to its makers
    try:
        import openvino
    except ImportError as error:
        raise InputError(f"The engine openvino needs: pip install -r {REQUIREMENTS}") from error
    return openvino


def check_engine(engine: str, device: str | torch.device | None) -> str | torch.device | None:
    """Return the device to load for if `device` is asked for; None is the best there is.

    Raises:
        InputError: no such engine, it is not installed, or OpenVINO was asked to leave the CPU.
    """
    if engine == "torch":
        return device
    if engine != "openvino":
        raise InputError(f"No engine {engine}; wanted is torch, or openvino ({REQUIREMENTS}).")
    load_openvino()
    if torch.device(device or "cpu").type != "cpu":
        raise InputError(f"The engine openvino runs on the CPU, not on {device}.")
    return "cpu"


def multiplies_bfloat16(device: torch.device) -> bool:
    """Return whether a device is a CPU with bfloat16 instructions: half the time of float32.

    The rounding is at most a few levels of 255. Other CPUs would emulate them, slowly. An
    old torch (2.6) cannot tell them apart, and False is returned.
    """
    known = getattr(torch.cpu, "get_capabilities", dict)()
    return device.type == "cpu" and bool(known.get("avx512_bf16") or known.get("amx_bf16"))


def autocast(device: torch.device, bfloat16: bool | None = None) -> torch.autocast:
    """Return the context in which networks run on a device.

    Args:
        device: where they are.
        bfloat16: whether a CPU multiplies so; None: if it has instructions for it.
    """
    if bfloat16 is None:
        bfloat16 = multiplies_bfloat16(device)
    return torch.autocast("cpu", torch.bfloat16, enabled=bfloat16)
