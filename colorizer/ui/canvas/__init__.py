"""The hint canvas."""
