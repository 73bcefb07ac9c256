"""The result beside it."""
