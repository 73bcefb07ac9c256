"""Base: "User-Guided Deep Anime Line Art Colorization with Conditional Adversarial Networks".

Ci, Ma, Wang, Li, Luo, ACM Multimedia 2018. Notation as in Figure 7 of our paper; g are groups and
d dilations. The sizes in brackets are those of a 512x512 line-art.
"""

import torch
import torch.nn.functional as F
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn
from torchvision.models.vgg import make_layers

from colorizer.images import InputError
from train.losses import VGGFeatures

SLOPE = 0.2
"""Negative slope of every leaky ReLU."""
DILATIONS = {3: (1, 1, 2, 2, 4, 4, 2, 1), 2: (1, 1, 2, 2, 4, 4, 2, 1), 1: (1, 2, 4, 2, 1)}
"""Dilation of each bottleneck of tunnels 3, 2 and 1; tunnel 4 has none."""
FEATURE_STRIDE = 16
"""The local features are this many times smaller than the line-art."""
TAG_CHANNELS, STAND_IN_CHANNELS = 512, 128
"""Channels of the local features of a tag network, and of what stands in for it."""
TAG_LAYERS = (64, "M", 128, "M", 256, 256, "M", 512, 512)
"""A tag network of the VGG kind of Illustration2Vec: convolutions k3s1 with ReLU, and poolings."""


def conv_act(cin: int, cout: int, kernel: int, stride: int, bias: bool = True) -> nn.Sequential:
    """Return a convolution that keeps the size (odd kernel) or halves it, and a leaky ReLU."""
    layer = nn.Conv2d(cin, cout, kernel, stride, (kernel - 1) // 2, bias=bias)
    return nn.Sequential(layer, nn.LeakyReLU(SLOPE, inplace=True))


class Bottleneck(nn.Module):
    """ResNeXt bottleneck: 1x1 to half the width, grouped 3x3, 1x1 back, plus identity. No biases.

    With stride 2 the grouped convolution is k4 and the identity is average-pooled.
    """

    def __init__(self, width: int, groups: int, dilation: int = 1, stride: int = 1):
        super().__init__()
        inner = width // 2
        kernel, padding = (3, dilation) if stride == 1 else (4, 1)
        self.pool = nn.AvgPool2d(2) if stride == 2 else nn.Identity()
        self.body = nn.Sequential(
            nn.Conv2d(width, inner, 1, bias=False),
            nn.LeakyReLU(SLOPE, inplace=True),
            nn.Conv2d(inner, inner, kernel, stride, padding, dilation, groups, bias=False),
            nn.LeakyReLU(SLOPE, inplace=True),
            nn.Conv2d(inner, width, 1, bias=False),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return (N, width, H, W), or half the height and width with stride 2."""
        return self.pool(x) + self.body(x)


def halve(width: int, groups: int) -> list[Bottleneck]:
    """Return the critic's two bottlenecks, of which the second halves the size."""
    return [Bottleneck(width, groups), Bottleneck(width, groups, stride=2)]


def tunnel(cin: int, width: int, dilations: tuple[int, ...], groups: int) -> nn.Sequential:
    """Return c{width}k3s1, bottlenecks, c{2 width}k3s1 and a shuffle by 2: width / 2 channels."""
    return nn.Sequential(
        conv_act(cin, width, 3, 1),
        *[Bottleneck(width, groups, dilation) for dilation in dilations],
        conv_act(width, 2 * width, 3, 1),
        nn.PixelShuffle(2),
        nn.LeakyReLU(SLOPE, inplace=True),
    )


class BaseGenerator(nn.Module):
    """The generator; 21.94 M parameters as published.

    | part | layers |
    | --- | --- |
    | hint | c64k7s1 (128) |
    | line | c32k3s1 (512), c64k4s2 (256), c128k4s2 (128), with the hint c256k4s2, c512k4s2 (32) |
    | tunnel 4 | with the local features c512k3s1, 20 bottlenecks g32, c1024k3s1, shuffle (64) |
    | tunnel 3 | with the line's 256 c256k3s1, 8 bottlenecks g32, c512k3s1, shuffle (128) |
    | tunnel 2 | with the line's 128 c128k3s1, 8 bottlenecks g32, c256k3s1, shuffle (256) |
    | tunnel 1 | with the line's 64 c64k3s1, 5 bottlenecks g16, c128k3s1, shuffle (512) |
    | exit | with the line's 32 c3k3s1, tanh |

    Its `width` is that of the first convolution, `blocks` the bottlenecks of tunnel 4, `features`
    the channels of the local features.
    """

    def __init__(self, width=32, blocks=20, groups=32, features: int = TAG_CHANNELS):
        super().__init__()
        w1, w2, w4, w8, w16 = (width * 2**i for i in range(5))
        self.hint = conv_act(4, w2, 7, 1)
        self.line = nn.ModuleList([conv_act(1, w1, 3, 1), conv_act(w1, w2, 4, 2)])
        self.line += [conv_act(w2, w4, 4, 2), conv_act(w4 + w2, w8, 4, 2)]
        self.line += [conv_act(w8, w16, 4, 2)]
        self.tunnels = nn.ModuleList(
            [
                tunnel(w16 + features, w16, (1,) * blocks, groups),
                tunnel(2 * w8, w8, DILATIONS[3], groups),
                tunnel(2 * w4, w4, DILATIONS[2], groups),
                tunnel(2 * w2, w2, DILATIONS[1], groups // 2),
            ]
        )
        self.exit = nn.Conv2d(2 * w1, 3, 3, padding=1)

    def forward(self, line: Tensor, hint: Tensor, features: Tensor) -> Tensor:
        """Return the colored picture, (N, 3, H, W) in [-1, 1].

        Args:
            line: (N, 1, H, W) in [-1, 1], paper 1; H and W are multiples of 16.
            hint: (N, 4, H/4, W/4), RGB in [-1, 1] and alpha.
            features: (N, features, H/16, W/16), see `LocalFeatures`.
        """
        skips = [h := self.line[0](line)]
        for number, layer in enumerate(self.line[1:]):
            joined = torch.cat([h, self.hint(hint)], 1) if number == 2 else h
            skips.append(h := layer(joined))
        h = torch.cat([skips.pop(), features], 1)
        for up in self.tunnels:
            h = torch.cat([up(h), skips.pop()], 1)  # half the channels at twice the size
        return torch.tanh(self.exit(h).float())


class BaseCritic(nn.Module):
    """The critic of the Wasserstein loss; 10.61 M parameters as published.

    c64k7s1 (512), c64k4s2 (256), bottleneck, bottleneck s2 (128), c128k1, bottleneck, bottleneck
    s2 (64), c256k1, bottleneck, bottleneck s2 (32); with the local features c512k3s1; three times
    bottleneck, bottleneck s2 (4); bottleneck, c512k4 (1), a linear unit. g8; one bias, the last.
    The `size` of the pictures is 64 times a power of two; small ones need fewer halvings.
    """

    def __init__(
        self, size: int = 512, width: int = 64, groups: int = 8, features: int = TAG_CHANNELS
    ):
        super().__init__()
        w1, w2, w4, w8 = (width * 2**i for i in range(4))
        halvings = (size // (4 * FEATURE_STRIDE)).bit_length() - 1
        if size != 4 * FEATURE_STRIDE << halvings:
            raise ValueError(f"the size is {size}; wanted is 64, 128, 256, 512 and so on")
        self.picture = nn.Sequential(
            *[conv_act(3, w1, 7, 1, False), conv_act(w1, w1, 4, 2, False), *halve(w1, groups)],
            *[conv_act(w1, w2, 1, 1, False), *halve(w2, groups)],
            *[conv_act(w2, w4, 1, 1, False), *halve(w4, groups)],
        )
        self.joined = nn.Sequential(
            conv_act(w4 + features, w8, 3, 1, False),
            *[layer for _ in range(halvings) for layer in halve(w8, groups)],
            Bottleneck(w8, groups),
            nn.Conv2d(w8, w8, 4, bias=False),
            nn.LeakyReLU(SLOPE, inplace=True),
        )
        self.unit = nn.Linear(w8, 1)

    def forward(self, color: Tensor, features: Tensor) -> Tensor:
        """Return the critic's value, (N, 1), of (N, 3, size, size) in [-1, 1] given features."""
        joined = torch.cat([self.picture(color), features], 1)
        return self.unit(self.joined(joined).flatten(1))


class LocalFeatures(nn.Module):
    """What Base knows of a line-art; frozen.

    With weights it is the first 15 layers of a tag network, 4.50 M parameters. Without, for such
    weights cannot be had, VGG16 up to conv2_2 stands in: trained and of the same family, averaged
    down to the same sixteenth, but shallower and taught photographs instead of anime tags, so Base
    knows less of what a drawing shows.
    """

    def __init__(self, weights: str, vgg: VGGFeatures):
        """Load the safetensors file `weights`, "" for the stand-in; InputError if it is none."""
        super().__init__()
        self.channels, self.layers, self.shrink = STAND_IN_CHANNELS, vgg, 4
        if weights:
            self.channels, self.layers, self.shrink = TAG_CHANNELS, make_layers(TAG_LAYERS), 1
            try:
                self.load_state_dict(load_file(weights))
            except (OSError, SafetensorError, RuntimeError) as error:
                text = f"--tag-weights: {weights} holds no tag network: {error}"
                raise InputError(text) from error
        self.requires_grad_(False).eval()

    def forward(self, line: Tensor) -> Tensor:
        """Return (N, channels, H/16, W/16) for a line-art (N, 1, H, W) in [-1, 1].

        The line-art is averaged down by 2 and repeated to RGB.
        """
        features = self.layers(F.avg_pool2d(line, 2).repeat(1, 3, 1, 1))
        return F.avg_pool2d(features, self.shrink)
