"""Fréchet and kernel distances between two sets of pictures, from their features."""

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torchmetrics.image.fid import FrechetInceptionDistance
from torchmetrics.image.kid import poly_mmd

from colorizer.images import InputError
from train.distributed import Place

KERNEL_MOST = 5000
"""KID looks at this many pictures of each set, for its kernel grows with their square."""


def distances(
    real: list[Tensor], painted: list[Tensor], num_features: int, place: Place
) -> dict[str, float]:
    """Return "fid" and "kid" over all ranks, each of which has to call this with its own pictures.

    FID are torchmetrics' running sums in float64 (Heusel et al. 2017). KID (Binkowski et al. 2018,
    cubic kernel, unbiased) is over the first `KERNEL_MOST` pictures at once, not over random
    subsets, so it has no chance in it.

    Args:
        real: features of the real pictures in batches, (N, num_features).
        painted: those of the painted ones.
        num_features: how many a picture has.
        place: where this rank runs.

    Raises:
        InputError: the two sets are of different sizes, or hold fewer than two pictures.
    """
    network = nn.Identity()  # torchmetrics wants one
    network.num_features = num_features
    fid = FrechetInceptionDistance(network).to(place.device)
    sets = []
    for batches, kind in ((real, True), (painted, False)):
        for features in batches:
            fid.update(features.double(), real=kind)
        mine = torch.cat(batches)[: KERNEL_MOST // place.world] if batches else []
        sets.append(torch.stack(gathered(list(mine), place)).double().cpu())
    if len(sets[0]) != len(sets[1]) or len(sets[0]) < 2:
        found = f"There are {len(sets[0])} real and {len(sets[1])} painted pictures"
        raise InputError(f"{found}; wanted are two or more, as many of both.")
    return {"fid": float(fid.compute()), "kid": float(poly_mmd(*sets))}


def gathered(items: list, place: Place) -> list:
    """Return the items of all ranks, one rank after another."""
    parts: list[list] = [items] * place.world
    if place.world > 1:
        dist.all_gather_object(parts, items)
    return [item for part in parts for item in part]
