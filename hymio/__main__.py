"""``python -m hymio``."""

from hymio.command import app

app()
