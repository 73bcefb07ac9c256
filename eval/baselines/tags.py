"""The local features of a line-art that Base is given: what a tag network sees in it."""

from torch import Tensor, nn
from torch.nn import functional as F

from train.losses import VGGFeatures

TAG_CHANNELS = 512
STAND_IN_CHANNELS = 128


class TagFeatures(nn.Module):
    """The local feature network: the first 15 layers of a tag network; 4.50 M parameters, frozen.

    Of the VGG kind of Illustration2Vec: c64, pool, c128, pool, c256, c256, pool, c512, c512, each
    k3s1 with ReLU. The line-art is averaged down by 2 and repeated to RGB.
    """

    channels = TAG_CHANNELS

    def __init__(self):
        super().__init__()
        layers, cin = [], 3
        for width in (64, "pool", 128, "pool", 256, 256, "pool", 512, 512):
            if width == "pool":
                layers.append(nn.MaxPool2d(2))
            else:
                layers += [nn.Conv2d(cin, width, 3, padding=1), nn.ReLU(inplace=True)]
                cin = width
        self.layers = nn.Sequential(*layers)

    def forward(self, line: Tensor) -> Tensor:
        """Return (N, 512, H/16, W/16) for a line-art (N, 1, H, W) in [-1, 1]."""
        return self.layers(F.avg_pool2d(line, 2).repeat(1, 3, 1, 1))


class StandInFeatures(nn.Module):
    """What stands in for the tag network, whose weights cannot be had: VGG16 up to conv2_2.

    Its 128 channels, which the content loss has loaded anyway, are averaged down to the same
    sixteenth of the line-art. A frozen, trained network of the same family, but shallower and
    taught photographs instead of anime tags, so Base knows less of what a drawing shows.
    """

    channels = STAND_IN_CHANNELS

    def __init__(self, vgg: VGGFeatures):
        super().__init__()
        self.vgg = vgg

    def forward(self, line: Tensor) -> Tensor:
        """Return (N, 128, H/16, W/16) for a line-art (N, 1, H, W) in [-1, 1]."""
        half = F.avg_pool2d(line, 2).repeat(1, 3, 1, 1)
        return F.avg_pool2d(self.vgg(half), 4)
