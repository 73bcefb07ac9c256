"""The two baselines as they train and paint: networks and losses of each in one object."""

from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from colorizer.images import InputError
from train.losses import adversarial_loss, content_loss, discriminator_loss, load_vgg

from .base import BaseCritic, BaseGenerator
from .pix2pix import HINT_CHANNELS, PatchDiscriminator, Pix2PixGenerator, join
from .tags import StandInFeatures, TagFeatures

PENALTY = 10.0
"""Weight of the gradient penalty of WGAN-GP."""
DRIFT = 1e-3
"""Weight of the squared critic value of real pictures, which keeps it near 0."""


class Base:
    """Ci et al. 2018: WGAN-GP given local features of the line-art, and a content loss.

    `generator` and `critic` are trained; `features` and `vgg` are frozen.
    """

    name = "base"

    def __init__(self, config):
        """Build the networks from `train.BaseConfig`.

        Raises:
            InputError, OSError: weights of VGG16 or the tag network that cannot be had.
        """
        self.config = config
        self.vgg = load_vgg(config.vgg_weights, config.vgg_scale)
        tag = load_tag_features(config.tag_weights) if config.tag_weights else None
        self.features = (tag or StandInFeatures(self.vgg)).requires_grad_(False).eval()
        shared = {"features": self.features.channels}
        self.generator = BaseGenerator(
            config.width, config.blocks, config.groups, hints=config.hint_input, **shared
        )
        self.critic = BaseCritic(config.crop, config.critic_width, **shared)
        self.known: tuple[Tensor, Tensor] | None = None

    def to(self, device: torch.device) -> "Base":
        """Move the frozen networks to a device."""
        self.vgg, self.features = self.vgg.to(device), self.features.to(device)
        return self

    def paint(self, generator: nn.Module, line: Tensor, hint: Tensor) -> Tensor:
        """Return colors (N, 3, H, W) for line-arts (N, 1, H, W) and hints (N, 4, H/4, W/4)."""
        return generator(line, hint, self.condition(line))

    def condition(self, line: Tensor) -> Tensor:
        """Return the local features of line-arts; those of the last ones are remembered."""
        if self.known is None or self.known[0] is not line:
            self.known = line, self.features(line)
        return self.known[1]

    def critic_loss(self, critic: nn.Module, batch: dict[str, Tensor], fake: Tensor) -> Tensor:
        """Return the critic's Wasserstein loss with penalty and drift."""
        features = self.condition(batch["large_line"])
        real = batch["large_color"]
        real_value = critic(real, features).float()
        distance = critic(fake, features).float().mean() - real_value.mean()
        with torch.autocast(real.device.type, enabled=False):  # its gradient has a gradient
            penalty = gradient_penalty(critic, real, fake.float(), features.float())
        return distance + PENALTY * penalty + DRIFT * real_value.square().mean()

    def generator_losses(
        self, critic: nn.Module, batch: dict[str, Tensor], fake: Tensor
    ) -> dict[str, Tensor]:
        """Return the generator's weighted terms; their sum is what it learns from."""
        value = critic(fake, self.condition(batch["large_line"])).float().mean()
        content = content_loss(batch["large_color"], fake, self.vgg)
        return {"gan": -self.config.w_gan * value, "content": self.config.w_content * content}


def gradient_penalty(critic: nn.Module, real: Tensor, fake: Tensor, features: Tensor) -> Tensor:
    """Return the mean squared distance from 1 of the critic's slope between real and fake."""
    share = torch.rand(len(real), 1, 1, 1, device=real.device)
    between = (share * real + (1 - share) * fake).requires_grad_(True)
    value = critic(between, features).sum()
    (slope,) = torch.autograd.grad(value, between, create_graph=True)
    return (slope.flatten(1).norm(dim=1) - 1).square().mean()


def load_tag_features(path: str) -> TagFeatures:
    """Return the local feature network with the weights of a safetensors file.

    Raises:
        InputError: no such file, or it holds something else.
    """
    network = TagFeatures()
    if not Path(path).is_file():
        raise InputError(f"--tag-weights names {path}; wanted is a safetensors file.")
    try:
        network.load_state_dict(load_file(path))
    except (SafetensorError, RuntimeError) as error:
        names = ", ".join(list(network.state_dict())[:2])
        raise InputError(f"{path} holds no tag network ({names}, ...): {error}") from error
    return network


class Pix2Pix:
    """Isola et al. 2017: a conditional GAN with a patch discriminator, and 100 times L1."""

    name = "pix2pix"

    def __init__(self, config):
        """Build the networks from `train.Pix2PixConfig`."""
        self.config = config
        cin = 1 + HINT_CHANNELS * config.hint_input
        self.generator = Pix2PixGenerator(cin, config.width, config.depth)
        self.critic = PatchDiscriminator(cin + 3, config.critic_width)

    def to(self, device: torch.device) -> "Pix2Pix":
        """Return this; there are no frozen networks to move."""
        return self

    def paint(self, generator: nn.Module, line: Tensor, hint: Tensor) -> Tensor:
        """Return colors (N, 3, H, W) for line-arts (N, 1, H, W) and hints (N, 4, H/4, W/4)."""
        return generator(join(line, hint, self.config.hint_input))

    def _judge(self, critic: nn.Module, batch: dict[str, Tensor], color: Tensor) -> Tensor:
        given = join(batch["large_line"], batch["hint"], self.config.hint_input)
        return critic(torch.cat([given, color], 1)).float()

    def critic_loss(self, critic: nn.Module, batch: dict[str, Tensor], fake: Tensor) -> Tensor:
        """Return the discriminator's loss, halved to slow it down as its authors do."""
        real_logit = self._judge(critic, batch, batch["large_color"])
        return discriminator_loss(real_logit, self._judge(critic, batch, fake)) / 2

    def generator_losses(
        self, critic: nn.Module, batch: dict[str, Tensor], fake: Tensor
    ) -> dict[str, Tensor]:
        """Return the generator's weighted terms; their sum is what it learns from."""
        gan = adversarial_loss(self._judge(critic, batch, fake))
        return {"gan": gan, "l1": self.config.w_l1 * F.l1_loss(fake, batch["large_color"])}
