"""The only code that knows which computer this is. One module a board, each with the same ``Board``."""
