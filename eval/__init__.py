"""Evaluation: how good the colored pictures are, beside other ways to make them."""
