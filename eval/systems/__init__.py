"""Everything that paints, as one kind of function: from a line-art and hints to a picture.

| name | what paints |
| --- | --- |
| ours | the colorizer as it is used: colors settled by region, the line-art's own lines |
| ours-painted | the same with the paper's repainted lines |
| automatic | the colorizer with its automatic palette, whatever the hints |
| network | its two networks alone, nothing settled: what the paper measures |
| draft | its first stage, enlarged |
| base, pix2pix | Table 2's baselines, from runs of eval.baselines.train |
| gmic | G'MIC's smart coloring times the line-art |
| spread | our spread hints times the line-art, without a network |
| nearest | the color of the nearest hint times the line-art |
| line | the line-art itself |

Pictures of any other tool, in a folder, are a system too.
"""

import torch

from colorizer.images import InputError

from ..baselines.train import BASELINES
from ..drawings import SIDE
from .case import Case, System
from .folder import Folder, folders_named
from .networks import NETWORK, OURS, PAINTED, of_checkpoint
from .peers import PEERS, find_gmic

__all__ = ["NETWORK", "OURS", "PAINTED", "PEERS", "Case", "Folder", "System"]
__all__ += ["folders_named", "load_systems", "of_checkpoint"]

NO_CHECKPOINT = "none"


def load_systems(
    names: list[str],
    checkpoint: str = "",
    always: tuple[str, ...] = (OURS, *BASELINES),
    device: torch.device | None = None,
    side: int = SIDE,
) -> dict[str, System]:
    """Return the named systems: what needs no checkpoint first, then what one paints as.

    Args:
        names: from --compare.
        checkpoint: see `of_checkpoint`; "none" leaves it out.
        always: what is measured of a checkpoint without being named.
        device: where networks paint.
        side: of the squares that they paint at.

    Raises:
        InputError: an unknown name, or one that cannot be had.
    """
    held = {} if checkpoint == NO_CHECKPOINT else of_checkpoint(checkpoint, device, side)[0]
    unknown = [name for name in names if name not in PEERS and name not in held]
    if unknown:
        wanted = [*PEERS, *held]
        raise InputError(f"--compare has {', '.join(unknown)}; wanted are some of {wanted}.")
    if "gmic" in names:
        find_gmic()
    peers = {name: PEERS[name] for name in names if name in PEERS}
    return peers | {n: system for n, system in held.items() if n in always or n in names}
