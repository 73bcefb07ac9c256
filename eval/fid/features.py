"""The networks whose features FID and KID compare, and the distances between two sets of them.

An extractor is a module from pictures, uint8 (N, 3, H, W), to features, float32 (N, d). Numbers
of different extractors cannot be compared, so each says its name and how it resizes.
"""

from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.hub import load_state_dict_from_url
from torchmetrics.image.fid import FrechetInceptionDistance, NoTrainInceptionV3
from torchmetrics.image.kid import poly_mmd

from colorizer.images import InputError
from train.distributed import Process
from train.losses import VGGFeatures, load_vgg
from train.options import option

INCEPTION_URL = (
    "https://github.com/toshas/torch-fidelity/releases/download/v0.2.0/"
    "weights-inception-2015-12-05-6726825d.pth"
)
"""The InceptionV3 of the original FID, ported to PyTorch; its name ends with its SHA-256."""
KERNEL_MOST = 5000
"""KID looks at this many pictures of each set, for its kernel grows with their square."""
CONV1_2 = 4
"""VGG16's layers up to the ReLU after its second convolution."""


@dataclass(frozen=True)
class FeatureConfig:
    """The network whose features are compared."""

    feature: str = option("inception", "extractor of the features", choices=("inception", "vgg"))
    inception_weights: str = option("", "file of FID's InceptionV3; empty: downloaded once")
    vgg_weights: str = option("torchvision", "for vgg: 'torchvision' or a safetensors file")
    vgg_scale: float = option(1.0, "what VGG features are divided by; 57.5 for Caffe's scale")


def load_inception(weights: str) -> nn.Module:
    """Return FID's InceptionV3 up to its last pooling, resizing as TensorFlow did in 2017.

    The weights are a file of torch-fidelity's; without one they are downloaded once and checked.

    Raises:
        InputError: no such file, or it holds something else.
        OSError: they are neither cached nor to be downloaded.
    """
    if weights and not Path(weights).is_file():
        raise InputError(f"--inception-weights names {weights}; wanted is a file.")
    try:  # neither of these two runs code from the file, unlike what follows
        if weights:
            torch.load(weights, map_location="cpu", weights_only=True)
        else:
            load_state_dict_from_url(INCEPTION_URL, check_hash=True, weights_only=True)
            weights = f"{torch.hub.get_dir()}/checkpoints/{INCEPTION_URL.rpartition('/')[2]}"
        network = NoTrainInceptionV3("inception-v3-compat", ["2048"], weights, antialias=False)
    except OSError as error:
        raise OSError(
            f"FID's InceptionV3 cannot be downloaded ({error}); give a file with "
            "--inception-weights, or another extractor with --feature"
        ) from error
    except (UnpicklingError, RuntimeError, AttributeError, TypeError, EOFError) as error:
        reason = str(error).partition("\n")[0]
        raise InputError(f"{weights} does not hold FID's InceptionV3: {reason}") from error
    network.num_features = 2048
    network.title = "InceptionV3 pool3; resizer: bilinear to 299x299 without antialiasing"
    return network


class VGGStatistics(nn.Module):
    """VGG16's second and fourth layer, averaged over the picture: 64 + 128 numbers.

    Ours, for places without a network: colors and textures, but no objects as in InceptionV3.
    """

    num_features = 192
    title = "VGG16 conv1_2 and conv2_2, means over the picture; resizer: none"

    def __init__(self, vgg: VGGFeatures):
        """Take the network of the content loss."""
        super().__init__()
        self.vgg = vgg

    def forward(self, pictures_u8: Tensor) -> Tensor:
        """Return (N, 192) for uint8 (N, 3, H, W)."""
        x = (pictures_u8.float() / 255 - self.vgg.mean) / self.vgg.std
        fine = self.vgg.layers[:CONV1_2](x)
        coarse = self.vgg.layers[CONV1_2:](fine)
        return torch.cat([x.mean((2, 3)) / self.vgg.scale for x in (fine, coarse)], 1)


def load_extractor(config: FeatureConfig, device: torch.device | str = "cpu") -> nn.Module:
    """Return the extractor that the options name, frozen; raises what the loaders raise."""
    if config.feature == "vgg":
        extractor = VGGStatistics(load_vgg(config.vgg_weights, config.vgg_scale))
    else:
        extractor = load_inception(config.inception_weights)
    return extractor.to(device).requires_grad_(False).eval()


def distances(
    real: list[Tensor], painted: list[Tensor], num_features: int, process: Process
) -> dict[str, float]:
    """Return "fid" and "kid" over all ranks, each of which has to call this with its own pictures.

    FID are torchmetrics' running sums in float64 (Heusel et al. 2017). KID (Binkowski et al. 2018,
    cubic kernel, unbiased) is over the first `KERNEL_MOST` pictures at once, not over random
    subsets, so it has no chance in it.

    Args:
        real: features of the real pictures in batches, (N, num_features).
        painted: those of the painted ones.
        num_features: how many a picture has.
        process: this one of the evaluation.

    Raises:
        InputError: the two sets are of different sizes, or hold fewer than two pictures.
    """
    network = nn.Identity()  # torchmetrics wants one
    network.num_features = num_features
    fid = FrechetInceptionDistance(network).to(process.device)
    sets = []
    for batches, kind in ((real, True), (painted, False)):
        for features in batches:
            fid.update(features.double(), real=kind)
        mine = torch.cat(batches)[: KERNEL_MOST // process.world] if batches else []
        sets.append(torch.stack(gathered(list(mine), process)).double().cpu())
    if len(sets[0]) != len(sets[1]) or len(sets[0]) < 2:
        found = f"There are {len(sets[0])} real and {len(sets[1])} painted pictures"
        raise InputError(f"{found}; wanted are two or more, as many of both.")
    return {"fid": float(fid.compute()), "kid": float(poly_mmd(*sets))}


def gathered(items: list, process: Process) -> list:
    """Return the items of all ranks, one rank after another."""
    parts: list[list] = [items] * process.world
    if process.world > 1:
        dist.all_gather_object(parts, items)
    return [item for part in parts for item in part]
