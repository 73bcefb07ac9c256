"""Fréchet and kernel distances between two sets of pictures, from their features."""

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torchmetrics.image.fid import FrechetInceptionDistance
from torchmetrics.image.kid import poly_mmd

from colorizer.images import InputError

KERNEL_MOST = 5000
"""KID looks at this many pictures of each set, for its kernel grows with their square."""


class Distances:
    """FID and KID, gathered batch by batch on each rank; the real pictures are kept for more.

    FID are torchmetrics' running sums in float64 (Heusel et al. 2017). KID (Binkowski et al. 2018,
    cubic kernel, unbiased) is over the first `KERNEL_MOST` pictures at once, not over random
    subsets, so it has no chance in it.
    """

    def __init__(self, num_features: int, device: torch.device | str = "cpu"):
        """Start with two empty sets of features (N, num_features)."""
        features = nn.Identity()  # torchmetrics wants a network
        features.num_features = num_features
        self.fid = FrechetInceptionDistance(features, reset_real_features=False)
        self.fid.to(device)
        self.kept: dict[bool, list[Tensor]] = {True: [], False: []}

    def add(self, features: Tensor, real: bool) -> None:
        """Take the features of some pictures, (N, d), of the real or the painted set."""
        self.fid.update(features.double(), real=real)
        room = KERNEL_MOST // world() - sum(map(len, self.kept[real]))
        self.kept[real].append(features[: max(0, room)].double().cpu())

    def forget_painted(self) -> None:
        """Empty the painted set."""
        self.fid.reset()
        self.kept[False] = []

    def compute(self) -> dict[str, float]:
        """Return "fid" and "kid" over all ranks, each of which has to call this.

        Raises:
            InputError: the two sets are of different sizes, or hold fewer than two pictures.
        """
        real, painted = (torch.cat(gathered(self.kept[kind])) for kind in (True, False))
        if len(real) != len(painted) or len(real) < 2:
            found = f"There are {len(real)} real and {len(painted)} painted pictures"
            raise InputError(f"{found}; wanted are two or more, as many of both.")
        return {"fid": float(self.fid.compute()), "kid": float(poly_mmd(real, painted))}


def world() -> int:
    """Return the number of ranks."""
    return dist.get_world_size() if dist.is_initialized() else 1


def gathered(items: list) -> list:
    """Return the items of all ranks, one rank after another."""
    if world() == 1:
        return items
    parts: list[list] = [[] for _ in range(world())]
    dist.all_gather_object(parts, items)
    return [item for part in parts for item in part]
