"""Training scripts: `python -m train.ldm`, `train.draft`, `train.colorization`."""
