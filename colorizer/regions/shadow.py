"""Shadows: what light from one side leaves of the colors of a line-art. Ours, not the paper's."""

import cv2
import numpy as np
import torch

from ..engine import autocast
from ..images import to_tensor
from ..models.regions import PARTS
from ..models.relief import ReliefModel, lit
from .blend import blend
from .cells import CERTAIN, Regions

LIGHTS = {"left": (-0.6, 0.53, 0.6), "above": (0.0, 0.8, 0.6), "right": (0.6, 0.53, 0.6)}
"""Where light comes from, unit vectors as of `lit`; lights of the renders are as steep."""
SHADE = (0.72, 0.66, 0.8)
"""What full shadow leaves of red, green and blue: cool, as it is drawn; set by eye."""
SOFT = 30.0
"""How much a shadow holds where it is found, see `blend`: it runs on for some 18 pixels, not over
ink. Set by eye: with 10 faces are smeared, with 100 one sees the network's coarse grid."""
FLAT = ("white of the eye", "iris", "mouth")
"""Parts without shadow, as background is, the surer the less."""


@torch.inference_mode()
def find_shadows(regions: Regions, model: ReliefModel, light: str) -> np.ndarray:
    """Return what shadows leave of the colors of a line-art, uint8 (h, w, 3), 255 where none falls.

    Args:
        regions: of a line-art whose sides are multiples of 4.
        model: tells which way surfaces face.
        light: one of `LIGHTS`.
    """
    device = next(model.parameters()).device
    with autocast(device):
        relief = model(to_tensor(regions.line)[None].to(device)).float()
    logits = lit(relief, torch.tensor([LIGHTS[light]], device=device))[0].cpu().numpy()
    dark = 1 / (1 + np.exp(cv2.resize(logits, regions.line.shape[::-1])))
    ground = regions.parts[:, 0]
    share = np.where(np.isin(regions.part, [PARTS.index(name) for name in FLAT]), 0, 1 - ground)
    dark *= share[regions.cells]
    dark = blend(dark[:, :, None], regions.passages, np.full_like(dark, SOFT))
    dark[(ground > CERTAIN)[regions.cells]] = 0
    left = 1 - dark[:, :, None] * (1 - np.float32(SHADE))
    return (255 * left).round().astype(np.uint8)
