"""The page: hint canvas, result view, examples, and the functions behind them."""
