"""The colorization model (Section 3.5, Figure 7)."""

import torch
from torch import Tensor

from .blocks import ResNeXtUNet, correct


class ColorizationModel(ResNeXtUNet):
    """U-Net that repaints the enlarged draft at full resolution, guided by the line-art.

    Args:
        width: channels of the first convolution; the innermost level has 8 times as many.
        blocks: ResNeXt bottlenecks in each up-sampling block.
        cardinality: groups of each bottleneck's 3x3 convolution; must divide width.
        residual: paint a correction of the draft instead of the color itself. The paper does
            not say; this is ours, so that a small model need not learn to copy first.

    The defaults are Figure 7's and have 5,491,584 parameters.
    """

    def __init__(
        self, width: int = 32, blocks: int = 10, cardinality: int = 32, residual: bool = False
    ):
        super().__init__(4, width, 3, blocks, cardinality, residual)

    def forward(self, line: Tensor, draft: Tensor) -> Tensor:
        """Return the colored picture, (N, 3, H, W) in [-1, 1].

        Args:
            line: (N, 1, H, W) in [-1, 1], paper 1.
            draft: (N, 3, H, W) in [-1, 1], the draft enlarged to the size of the line-art.
                H and W are multiples of 8; the paper's are 512.

        Raises:
            ValueError: the size is no multiple of 8.
        """
        correction = self.correction(torch.cat([line, draft], 1))
        return correct(draft, correction) if self.residual else torch.tanh(correction)
