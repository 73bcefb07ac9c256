"""The paper's loss terms, by the numbers of their equations (Sections 3.3 and 3.6).

Colors are (N, 3, H, W) and line-arts (N, 1, H, W), both in [-1, 1]; every loss is a scalar tensor.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn
from torchvision.models import VGG16_Weights, vgg16
from torchvision.models.vgg import make_layers

from colorizer.images import InputError

VGG_MEAN = (0.485, 0.456, 0.406)
VGG_STD = (0.229, 0.224, 0.225)


def ldm_loss(line: Tensor, detected: Tensor, ink_weight: float = 0.0) -> Tensor:
    """Equation (1): L1 between the extracted line-art and ldm(c).

    The paper does not say how it leaves the plateau of all-white paper; with `ink_weight` a
    pixel counts 1 + ink_weight times its darkness (0 to 1), over the mean of that weight in its
    picture, so that no picture depends on its batch.
    """
    if not ink_weight:
        return F.l1_loss(detected, line)
    weight = 1 + ink_weight * (1 - line) / 2
    missed = (weight * (detected - line).abs()).mean((1, 2, 3))
    return (missed / weight.mean((1, 2, 3))).mean()


def weighted_sum(losses: dict[str, Tensor], config: object) -> Tensor:
    """Equation (2), the generator's side: the terms times their weights, `config.w_NAME` or 1."""
    return sum(getattr(config, f"w_{name}", 1.0) * loss for name, loss in losses.items())


def discriminator_loss(real_logit: Tensor, fake_logit: Tensor) -> Tensor:
    """Equation (3), the discriminator's side: -(log D(c) + log(1 - D(G(l, h)))), from logits."""
    real = F.binary_cross_entropy_with_logits(real_logit, torch.ones_like(real_logit))
    fake = F.binary_cross_entropy_with_logits(fake_logit, torch.zeros_like(fake_logit))
    return real + fake


def adversarial_loss(fake_logit: Tensor) -> Tensor:
    """Equation (3), the generator's side, from logits.

    The paper does not say which form it minimizes; this is -log D(G(l, h)), the form that its
    reference 1 recommends because log(1 - D) has no gradient while D wins.
    """
    logit = fake_logit.float()
    return F.binary_cross_entropy_with_logits(logit, torch.ones_like(logit))


def reconstruction_loss(color: Tensor, fake: Tensor, weight: Tensor | None = None) -> Tensor:
    """Equations (4) and (7): L1 between picture and result.

    Ours: a `weight` of a shape such as (N, 1, 1, 1) or (N, 1, H, W) says how much a place counts.
    """
    if weight is None:
        return F.l1_loss(fake.float(), color)
    return (weight * (fake.float() - color).abs()).mean()


def guess_loss(color: Tensor, fake: Tensor, hint: Tensor) -> Tensor:
    """Return the squared error where the hint image (N, 4, H, W) has a guess, a mean over all.

    Ours: there nobody knows the color, and L1 alone, which wants the likeliest, errs far. A guess
    has an alpha of about 0.25, what flows 0.6 and more (see `colorizer.regions.hint_image`).
    """
    guessed = (hint[:, 3:] > 0) & (hint[:, 3:] < 0.5)
    return ((fake.float() - color) ** 2 * guessed).mean()


def content_loss(color: Tensor, fake: Tensor, features: nn.Module) -> Tensor:
    """Equation (5): MSE between the VGG16 features of the picture and of the draft."""
    with torch.no_grad():
        wanted = features(color)
    return F.mse_loss(features(fake), wanted)


def line_loss(color: Tensor, fake: Tensor, ldm: nn.Module) -> Tensor:
    """Equation (6): L1 between the line-arts that the LDM detects in picture and draft."""
    with torch.no_grad():
        wanted = ldm(color)
    return F.l1_loss(ldm(fake), wanted)


@dataclass(frozen=True)
class Term:
    """A term of Equation (2): what it is called, its weight and its value.

    `loss` takes pictures, drafts, and the networks that judge them by name.
    """

    name: str
    weight: float
    loss: Callable[[Tensor, Tensor, dict[str, nn.Module]], Tensor]


DRAFT_TERMS = {
    "recon": Term("w_r, reconstruction loss", 1.0, lambda c, f, by: reconstruction_loss(c, f)),
    "gan": Term("w_a, GAN loss", 0.05, lambda c, f, by: adversarial_loss(by["discriminator"](f))),
    "content": Term("w_c, content loss", 0.1, lambda c, f, by: content_loss(c, f, by["vgg"])),
    "line": Term("w_l, line loss", 1.0, lambda c, f, by: line_loss(c, f, by["ldm"])),
}
"""Equation (2), the generator's side; NAME's weight is the option --w-NAME."""


class VGGFeatures(nn.Module):
    """VGG16 up to the ReLU after its fourth convolution, frozen, for colors in [-1, 1]."""

    def __init__(self, layers: nn.Sequential, scale: float = 1.0):
        """Take `features[:9]` of a VGG16; its output is divided by `scale`."""
        super().__init__()
        self.layers = layers.requires_grad_(False).eval()
        self.scale = scale
        self.register_buffer("mean", torch.tensor(VGG_MEAN)[:, None, None])
        self.register_buffer("std", torch.tensor(VGG_STD)[:, None, None])

    def forward(self, color: Tensor) -> Tensor:
        """Return (N, 128, H/2, W/2) for (N, 3, H, W)."""
        return self.layers(((color + 1) / 2 - self.mean) / self.std) / self.scale


def load_vgg(weights: str, scale: float = 1.0) -> VGGFeatures:
    """Return the frozen feature network of Equation (5).

    Args:
        weights: "torchvision" for its ImageNet weights, downloaded once, or a safetensors file
            with `features.0.weight` and so on, of which only the first four convolutions count.
        scale: what the features are divided by; 57.5, 255 times the mean deviation, for weights
            that keep Caffe's scale (0-255 input, not divided by the deviation).

    Raises:
        InputError: they can neither be read nor downloaded, or are something else.
    """
    layers = make_layers([64, 64, "M", 128, 128])  # up to the ReLU after conv2_2
    try:
        if weights == "torchvision":
            state = vgg16(weights=VGG16_Weights.IMAGENET1K_V1).state_dict()
        else:
            state = load_file(weights)
        layers.load_state_dict({name: state[f"features.{name}"] for name in layers.state_dict()})
    except (OSError, SafetensorError, KeyError, RuntimeError) as error:
        raise InputError(
            f"There are no weights of VGG16 in {weights} ({error}); "
            "give a safetensors file with --vgg-weights, or --w-content 0."
        ) from error
    return VGGFeatures(layers, scale)


BORDER_WEIGHT = 3.0
"""How much more a border counts than a place without one, of which there are far more."""
FIGURE, UNKNOWN = 254, 255
"""Part targets: not background, or not known."""
PART_WEIGHTS = (0.5, 1.5, 1.0, 4.0, 4.0, 4.0, 1.0, 1.0, 1.3)
"""How much a place counts, by its part in the order of `PARTS`: rare ones more, set by hand."""


def border_loss(border: Tensor, wanted: Tensor) -> Tensor:
    """Return the binary cross-entropy of border logits, both (N, 1, H, W), `wanted` in [0, 1]."""
    weight = torch.tensor(BORDER_WEIGHT, device=border.device)
    return F.binary_cross_entropy_with_logits(border, wanted, pos_weight=weight)


def part_loss(part: Tensor, wanted: Tensor) -> Tensor:
    """Return the cross-entropy of part logits (N, P, H, W), weighted by `PART_WEIGHTS`.

    Args:
        part: logits; channel 0 is background.
        wanted: int64 (N, H, W), a part, `FIGURE` (any part but background) or `UNKNOWN`.
    """
    likely = part.log_softmax(1)
    known = wanted < part.shape[1]
    right = likely.gather(1, (wanted * known)[:, None])[:, 0]
    figure = torch.log1p(-likely[:, 0].exp().clamp(max=1 - 1e-4))
    value = torch.where(known, right, torch.where(wanted == FIGURE, figure, 0.0))
    weight = torch.where(known, part.new_tensor(PART_WEIGHTS)[wanted * known], 1.0)
    return -(weight * value).sum() / (weight * (wanted != UNKNOWN)).sum().clamp(min=1)


def likeness_loss(same: Tensor, wanted: Tensor) -> Tensor:
    """Return the binary cross-entropy of logits that places share a color; -1 is not known."""
    loss = F.binary_cross_entropy_with_logits(same, wanted.clamp(min=0), reduction="none")
    known = (wanted >= 0).float()
    return (loss * known).sum() / known.sum().clamp(min=1)
