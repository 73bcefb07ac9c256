"""The two baselines as they train and paint: networks and losses of each in one object."""

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from train.loop import Batch, Models
from train.losses import adversarial_loss, content_loss, discriminator_loss, load_vgg

from .base import BaseCritic, BaseGenerator, LocalFeatures
from .pix2pix import PatchDiscriminator, Pix2PixGenerator, join

PENALTY = 10.0
"""Weight of the gradient penalty of WGAN-GP."""
DRIFT = 1e-3
"""Weight of the squared critic value of real pictures, which keeps it near 0."""


class Base:
    """Ci et al. 2018: WGAN-GP given local features of the line-art, and a content loss.

    `generator` and `critic` are trained; `features` and `vgg` are frozen.
    """

    name = "base"

    def __init__(self, config, device: torch.device | str = "cpu"):
        """Build the networks from `train.BaseConfig`, the frozen ones on a device.

        Raises:
            InputError, OSError: weights of VGG16 or the tag network that cannot be had.
        """
        self.config = config
        self.vgg = load_vgg(config.vgg_weights, config.vgg_scale).to(device)
        self.features = LocalFeatures(config.tag_weights, self.vgg).to(device)
        channels = self.features.channels
        self.generator = BaseGenerator(config.width, config.blocks, config.groups, channels)
        self.critic = BaseCritic(config.crop, config.critic_width, features=channels)
        self.known: tuple[Tensor, Tensor] | None = None

    def paint(self, generator: nn.Module, batch: Batch) -> Tensor:
        """Return colors (N, 3, H, W) for large_line (N, 1, H, W) and hint (N, 4, H/4, W/4)."""
        line = batch["large_line"]
        return generator(line, batch["hint"], self.condition(line))

    def condition(self, line: Tensor) -> Tensor:
        """Return the local features of line-arts; those of the last ones are remembered."""
        if self.known is None or self.known[0] is not line:
            self.known = line, self.features(line)
        return self.known[1]

    def critic_loss(self, critic: nn.Module, batch: Batch, fake: Tensor) -> Tensor:
        """Return the critic's Wasserstein loss with penalty and drift."""
        real, features = batch["large_color"], self.condition(batch["large_line"])
        real_value = critic(real, features).float()
        distance = critic(fake, features).float().mean() - real_value.mean()
        with torch.autocast(real.device.type, enabled=False):  # its gradient has a gradient
            penalty = gradient_penalty(critic, real, fake.float(), features.float())
        return distance + PENALTY * penalty + DRIFT * real_value.square().mean()

    def generator_losses(self, critic: nn.Module, batch: Batch, fake: Tensor) -> dict[str, Tensor]:
        """Return the generator's unweighted terms."""
        value = critic(fake, self.condition(batch["large_line"])).float().mean()
        return {"gan": -value, "content": content_loss(batch["large_color"], fake, self.vgg)}


def gradient_penalty(critic: nn.Module, real: Tensor, fake: Tensor, features: Tensor) -> Tensor:
    """Return the mean squared distance from 1 of the critic's slope between real and fake."""
    share = torch.rand(len(real), 1, 1, 1, device=real.device)
    with torch.enable_grad():  # also where losses are only looked at
        between = (share * real + (1 - share) * fake).requires_grad_(True)
        value = critic(between, features).sum()
        (slope,) = torch.autograd.grad(value, between, create_graph=True)
    return (slope.flatten(1).norm(dim=1) - 1).square().mean()


class Pix2Pix:
    """Isola et al. 2017: a conditional GAN with a patch discriminator, and 100 times L1."""

    name = "pix2pix"

    def __init__(self, config, device: torch.device | str = "cpu"):
        """Build the networks from `train.Pix2PixConfig`; none are frozen, so none need a device."""
        self.config = config
        self.generator = Pix2PixGenerator(width=config.width, depth=config.depth)
        self.critic = PatchDiscriminator(width=config.critic_width)

    def paint(self, generator: nn.Module, batch: Batch) -> Tensor:
        """Return colors (N, 3, H, W) for large_line (N, 1, H, W) and hint (N, 4, H/4, W/4)."""
        return generator(join(batch["large_line"], batch["hint"]))

    def _judge(self, critic: nn.Module, batch: Batch, color: Tensor) -> Tensor:
        given = join(batch["large_line"], batch["hint"])
        return critic(torch.cat([given, color], 1)).float()

    def critic_loss(self, critic: nn.Module, batch: Batch, fake: Tensor) -> Tensor:
        """Return the discriminator's loss, halved to slow it down as its authors do."""
        real_logit = self._judge(critic, batch, batch["large_color"])
        return discriminator_loss(real_logit, self._judge(critic, batch, fake)) / 2

    def generator_losses(self, critic: nn.Module, batch: Batch, fake: Tensor) -> dict[str, Tensor]:
        """Return the generator's unweighted terms."""
        gan = adversarial_loss(self._judge(critic, batch, fake))
        return {"gan": gan, "l1": F.l1_loss(fake, batch["large_color"])}


def losses(gan: Base | Pix2Pix, models: Models, batch: Batch) -> Iterator[dict[str, Tensor]]:
    """Yield the critic's loss, then the generator's terms; each sees the other before the step."""
    fake, critic = gan.paint(models[gan.name], batch), models["critic"]
    critic.requires_grad_(True)
    yield {"critic": gan.critic_loss(critic, batch, fake.detach())}
    critic.requires_grad_(False)
    yield gan.generator_losses(critic, batch, fake)
