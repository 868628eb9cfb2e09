"""What follows from the parameters: sizes and places of the whole box. Millimetres, in the frame of the box."""

from hardware.enclosure import parameters as p

CASE_WIDE_MM = p.FACES * p.PITCH_MM + 2 * p.SIDE_MM
CASE_HIGH_MM = p.TILE_LONG_MM + 2 * p.MARGIN_MM
BACK_Z_MM = -(p.BUTTON_DEEP_MM - p.TILE_THICK_MM + p.WIRE_MM)  # the inner face of the back
CASE_DEEP_MM = p.BACK_MM - BACK_Z_MM

RIGHT_MM, TOP_MM = CASE_WIDE_MM / 2, CASE_HIGH_MM / 2  # the outer faces
ROUND_Y_MM = (p.TILE_LONG_MM - p.TILE_MM) / 2  # middle of a tile's upper round; of its lower, negated
FACE_X_MM = {face: (face - (p.FACES + 1) / 2) * p.PITCH_MM for face in range(1, p.FACES + 1)}
FACE_Y_MM = ROUND_Y_MM
BUTTON_Y_MM = -ROUND_Y_MM
DOTS_Y_MM = (FACE_Y_MM - p.TILE_MM / 2 + BUTTON_Y_MM + p.BUTTON_BEZEL_MM / 2) / 2  # half-way between face and button

PANEL_MM = p.FRONT_MM + p.TILE_THICK_MM  # what a button's nut clamps
CASE_SCREWS_MM = [
    (x, y) for x in (-p.CASE_SCREW_X_MM, p.CASE_SCREW_X_MM) for y in (-p.CASE_SCREW_Y_MM, p.CASE_SCREW_Y_MM)
]
VESA_HOLES_MM = [(x, y) for x in (-p.VESA_MM / 2, p.VESA_MM / 2) for y in (-p.VESA_MM / 2, p.VESA_MM / 2)]
LOCK_Z_MM = -CASE_DEEP_MM + p.LOCK_BEHIND_MM

# The hanger and the cleat, whose slopes lie on one line; s is the distance behind the back
HANGER_TOP_MM = p.VESA_MM / 2 + p.CLEAT_HIGH_MM / 2
HANGER_LOW_MM = p.VESA_MM / 2 - p.CLEAT_HIGH_MM / 2
CLEAT_TOP_MM = HANGER_LOW_MM + p.CLEAT_MM - 2 * (p.CLEAT_PLAY_MM + p.CLEAT_FLAT_MM)
SHELF_TOP_MM = -TOP_MM - p.SHELF_PLAY_MM
SHELF_LOW_MM = SHELF_TOP_MM - p.SHELF_THICK_MM

BOARD_HOLES_MM = [(p.BOARD_X_MM + x, p.BOARD_Y_MM + y) for x, y in p.BOARD_HOLES_MM]
BOARD_Z_MM = BACK_Z_MM + p.STANDOFF_MM  # the board's lower face
