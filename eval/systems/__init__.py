"""Everything that paints, as one kind of function: from a line-art and hints to a picture.

Their names are in eval/README.md. Pictures of any other tool, in a folder, are a system too.
"""

from dataclasses import dataclass

import torch

from colorizer.images import InputError
from train.options import option

from ..baselines.train import BASELINES
from ..commands import words
from ..drawings import SIDE, Case, System
from .networks import NETWORK, OURS, PAINTED, newest, of_checkpoint
from .peers import PEERS, Folder, find_gmic, folders_named

__all__ = ["NETWORK", "OURS", "PAINTED", "PEERS", "Case", "Folder", "System", "SystemConfig"]
__all__ += ["folders_named", "load_systems", "newest", "of_checkpoint", "sources"]

NO_CHECKPOINT = "none"


@dataclass(frozen=True)
class SystemConfig:
    """What paints."""

    compare: tuple[str, ...] = option(
        (),
        "others to measure: gmic, nearest, spread, line, network, draft, ours-painted, automatic; "
        "or NAME=CHECKPOINT",
    )
    checkpoint: str = option("", "folder, run or user/repo; empty: the bundled one; none: no ours")
    against: tuple[str, ...] = option(
        (), "folders with another tool's pictures, PLAN/KIND/NAME.* or NAME.*"
    )


def sources(config: SystemConfig) -> dict[str, str]:
    """Return the checkpoints of --compare by their names."""
    return dict(text.split("=", 1) for text in words(config.compare) if "=" in text)


def load_systems(
    config: SystemConfig,
    always: tuple[str, ...] = (OURS, *BASELINES),
    device: torch.device | None = None,
    side: int = SIDE,
) -> dict[str, System]:
    """Return the systems: what needs no checkpoint, what the one paints as, folders of pictures.

    Args:
        config: names, the checkpoint and folders.
        always: what is measured of a checkpoint without being named.
        device: see `of_checkpoint`.
        side: likewise.

    Raises:
        InputError: an unknown name, one that cannot be had, or two of one name.
    """
    source, named = config.checkpoint, sources(config)
    names = [name for name in words(config.compare) if "=" not in name]
    held = {} if source == NO_CHECKPOINT else of_checkpoint(source, device, side)[0]
    known = [*PEERS, *held]
    wrong = [n for n in names if n not in known] + [n for n in named if n in known]
    if wrong:
        raise InputError(
            f"--compare has {', '.join(wrong)}; wanted are some of {', '.join(known)}, or "
            "NAME=CHECKPOINT with another name."
        )
    if "gmic" in names:
        find_gmic()
    systems = {name: PEERS[name] for name in names if name in PEERS}
    systems |= {n: next(iter(of_checkpoint(p, device, side)[0].values())) for n, p in named.items()}
    systems |= {n: system for n, system in held.items() if n in always or n in names}
    return systems | folders_named(words(config.against), systems)
