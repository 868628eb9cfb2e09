"""The bar that presses the cable on its saddle: a pull at the cable ends here. Printed flat."""

from build123d import Part

from hardware.enclosure import layout as at
from hardware.enclosure import parameters as p
from hardware.enclosure.solids import block, m3_hole

ROUND_SCREW_MM = 3.4  # from a screw's middle to the bar's end


def grip() -> Part:
    x, y, low = p.GRIP_MM / 2, p.GRIP_Y_MM, at.BACK_Z_MM + p.GRIP_POST_MM
    bar = block((-x - ROUND_SCREW_MM, x + ROUND_SCREW_MM), (y - 4.0, y + 4.0), (low, low + p.GRIP_THICK_MM))
    return bar - m3_hole((-x, y, low), "z", p.GRIP_THICK_MM) - m3_hole((x, y, low), "z", p.GRIP_THICK_MM)
