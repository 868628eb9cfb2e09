"""MicroPython's driver of the Ethernet chip, in the firmware of a W5500-EVB-Pico alone. Its types: wiznet.pyi."""

from network import WIZNET5K

__all__ = ("WIZNET5K",)
