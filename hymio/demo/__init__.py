"""The demo: the product as it is, with simulated kiosks and visitors in front of it. Nothing here runs outside it."""
