"""The draft model and its discriminator (Section 3.4, Figure 7)."""

import torch
from torch import Tensor, nn

from .blocks import SLOPE, ResNeXtUNet, conv_act, correct


class DraftModel(ResNeXtUNet):
    """U-Net that paints a small draft from a line-art and a hint image.

    Args:
        width: channels of the first convolution; the innermost level has 16 times as many.
        blocks: ResNeXt bottlenecks in each up-sampling block.
        cardinality: groups of each bottleneck's 3x3 convolution; must divide width.
        residual: paint a correction of "hint color times line" instead of the color itself.
            The paper does not say; this is ours, for spread hints (see `preprocessing.hints`).

    The defaults are Figure 7's and have 22,191,264 parameters.
    """

    def __init__(
        self, width: int = 32, blocks: int = 10, cardinality: int = 32, residual: bool = False
    ):
        super().__init__(5, width, 4, blocks, cardinality, residual)

    def forward(self, line: Tensor, hint: Tensor) -> Tensor:
        """Return the draft, (N, 3, H, W) in [-1, 1].

        Args:
            line: (N, 1, H, W) in [-1, 1], paper 1.
            hint: (N, 4, H, W), RGB in [-1, 1] and alpha in [0, 1]; RGB is 0 where alpha is 0.
                H and W are multiples of 16; the paper's are 128.

        Raises:
            ValueError: the size is no multiple of 16.
        """
        correction = self.correction(torch.cat([line, hint], 1))
        if not self.residual:
            return torch.tanh(correction)
        return correct(hint_times_line(line, hint), correction)


def hint_times_line(line: Tensor, hint: Tensor) -> Tensor:
    """Return hint colors darkened by the line, (N, 3, H, W) in [-1, 1]; mid gray without a hint.

    `line` is (N, 1, H, W) and `hint` (N, 4, H, W) as in `DraftModel.forward`.
    """
    painted = (hint[:, :3] + 1) * (line + 1) / 2 - 1
    return painted * (hint[:, 3:] > 0)


class Discriminator(nn.Module):
    """DCGAN discriminator of the draft stage; the defaults have 899,584 parameters.

    Args:
        size: side of the square pictures it sees, a multiple of 16.
        width: channels of the first convolution.
    """

    def __init__(self, size: int = 128, width: int = 32):
        super().__init__()
        self.size = size
        w1, w2, w4, w8 = (width * 2**i for i in range(4))
        self.features = nn.Sequential(
            conv_act(3, w1, 4, 2),
            conv_act(w1, w1, 3, 1),
            conv_act(w1, w2, 4, 2),
            conv_act(w2, w2, 3, 1),
            conv_act(w2, w4, 4, 2),
            conv_act(w4, w4, 3, 1),
            conv_act(w4, w8, 4, 2),
        )
        self.unit = nn.Linear(w8 * (size // 16) ** 2, 1, bias=False)
        for module in self.features.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, a=SLOPE)
        nn.init.xavier_normal_(self.unit.weight)

    def forward(self, color: Tensor) -> Tensor:
        """Return the logit of "this is a real picture", (N, 1); its sigmoid is the paper's D().

        Args:
            color: (N, 3, size, size) in [-1, 1].

        Raises:
            ValueError: another size, which the linear unit cannot take.
        """
        if color.shape[-2:] != (self.size, self.size):
            height, width = color.shape[-2:]
            raise ValueError(
                f"the discriminator was built for {self.size}x{self.size}, not {width}x{height}"
            )
        return self.unit(self.features(color).flatten(1))
