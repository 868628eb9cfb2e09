"""The bar that presses the cable on its saddle: a pull at the cable ends here. Printed flat."""

from build123d import Part

from hardware.enclosure import layout as at
from hardware.enclosure import parameters as p
from hardware.enclosure.solids import block, m3_hole

ROUND_SCREW_MM = 3.4  # from a screw's middle to the bar's end: its head lies on plastic all round


def grip() -> Part:
    x, y, low = p.GRIP_MM / 2, p.GRIP_Y_MM, at.BACK_Z_MM + p.GRIP_POST_MM
    across = (y - p.GRIP_WIDE_MM / 2, y + p.GRIP_WIDE_MM / 2)
    bar = block((-x - ROUND_SCREW_MM, x + ROUND_SCREW_MM), across, (low, low + p.GRIP_THICK_MM))
    return bar - m3_hole((-x, y, low), "z", p.GRIP_THICK_MM) - m3_hole((x, y, low), "z", p.GRIP_THICK_MM)
