"""Every dimension of the enclosure, once, each with its reason. Lengths in millimetres, angles in degrees.

The frame of the box: x to the visitor's right, y up, z out of the front towards the visitor. The plane z = 0 is the
front of the front plate, x = 0 its middle, y = 0 half its height.
"""

# --- The printer
BED_MM = 220.0  # the bed of the common desktop printers; every part fits on it
PRINT_HIGH_MM = 210.0  # how high they print at least (assumed, look at yours): the table stand lies on its side
NOZZLE_MM = 0.4  # the nozzle that is fitted to them when new
LAYER_MM = 0.2  # raised marks are whole layers of this
OVERHANG_DEG = 45.0  # from the vertical: what prints without supports in any material
BRIDGE_MM = 9.0  # the longest stretch that may hang free between two sides: a counterbore for a nut or a head
THINNEST_MM = 1.6  # four lines of the nozzle: no wall, lip or rib is thinner
JOIN_MM = 1.0  # how far shapes that are one part reach into each other, and a cut out of the part: no sliver is left

# --- Fits
SLIDE_MM = 0.25  # a side, between printed parts that are put together by hand
SUNK_MM = 0.2  # how far a screw's head or a nut lies below the surface: a layer, so that nothing rubs on it
SCREW_ROOM_MM = 0.2  # a side, round a screw that passes through
NUT_ROOM_MM = 0.15  # a side, round a nut that must not turn
NUT_RIB_MM = 0.25  # ribs in a nut's pocket: 0.1 mm more than its play, so that a nut is pressed in and stays

# --- Screws: one key of 2.5 mm turns them all
KEY_MM = 2.5  # the hexagon key across its flats
HEX_CORNERS = 1.16  # of a nut the width over its corners for one over its flats: 2 / √3, rounded up
SCREW_PAST_MM = 6.0  # room past a pillar's nut for its screw's end: one that is 4 mm too long still closes the box
DRIVER_MM = 8.0  # a bit for wood screws: a hexagon of 1/4 inch, 7.3 mm over its corners
M3_MM = 3.0  # nominal; socket head cap screw, ISO 4762, whose socket is 2.5 mm
M3_HEAD_MM = 5.5  # diameter of its head
M3_HEAD_HIGH_MM = 3.0  # height of its head
M3_SOCKET_MM = 2.5  # the hexagon in its head, ISO 4762
M3_NUT_MM = 5.5  # across flats, ISO 4032
M3_NUT_HIGH_MM = 2.4  # height of the nut
M3_TAP_MM = 2.6  # hole in which an M3 cuts its own thread in plastic: held once, seldom undone
M4_MM = 4.0  # nominal; button head, ISO 7380-1, whose socket is 2.5 mm too: that is why it is a button head
M4_HEAD_MM = 7.6  # diameter of its head
M4_HEAD_HIGH_MM = 2.2  # height of its head
M4_SOCKET_MM = 2.5  # the hexagon in its head, ISO 7380-1
M4_NUT_MM = 7.0  # across flats, ISO 4032
M4_NUT_HIGH_MM = 3.2  # height of the nut

# --- The faces
FACES = 4  # an even number has no middle to hide in; left to right from 1, very unhappy, to 4, very happy
PITCH_MM = 50.0  # between the middles of neighbours: a whole hand's finger beside another, and four of them fit the bed
TILE_MM = 46.0  # width of a face's tile; what is left of the pitch is a valley that a finger feels between neighbours
TILE_LONG_MM = 104.0  # height of a tile: the face above, its dots, the button below, with none of them touching
TILE_THICK_MM = 5.0  # holds the screw from behind (3 mm of thread) under a closed top
TILE_EDGE_MM = 1.4  # chamfer round a tile: no sharp edge under a hand, no corner that a cloth misses
TILE_SCREW_MM = 3.2  # depth of the hole for that screw from below
INK_MM = 1.0  # height of eyes and mouths over the tile: five layers, after a change of filament
INK_EDGE_MM = 0.3  # chamfer of their upper edge: a finger slides over it, and a cloth catches no thread
DOT_MM = 5.0  # diameter of a raised dot: far larger than braille's, for fingers that read none
DOT_HIGH_MM = 1.4  # its height at the top: higher than the ink, so that a moving finger counts dots first
DOT_PITCH_MM = 8.0  # between dots: a gap of 3 mm, wider than the two points that a fingertip tells apart
FACE_SCALE = 1.42  # millimetres a unit of the dashboard's drawing of a face (viewBox 32): fills the tile's upper round

# --- The front
FRONT_MM = 3.0  # thickness of the plate: 15 layers, carries a fist's push between the columns
CORNER_MM = 14.0  # radius of the corners seen from the front
FRONT_EDGE_MM = 2.0  # chamfer round the front: prints on the bed without supports, no sharp edge
MARGIN_MM = 12.0  # from a tile to the edge above and below: room for the lip and the walls behind
SIDE_MM = 6.0  # beyond the outer half pitch, left and right
SKIRT_MM = 10.0  # from the front to the seam: the seam lies behind the edge, where a cloth seldom drips
LIP_MM = 5.0  # how far the front reaches into the back behind the seam: water that enters the seam must climb
LIP_THICK_MM = 2.0  # thickness of that lip

# --- The back
WALL_MM = 2.4  # six lines of the nozzle: stiff, and closed against wiping
BACK_MM = 3.0  # the wall that carries the mount
WIRE_MM = 12.0  # room behind the buttons' terminals: a receptacle's bend

# --- What closes the box: four M3 from behind, which the mount covers
CASE_SCREW_X_MM = 50.0  # between the columns of faces 1, 2 and 3, 4, inside what the mount covers
CASE_SCREW_Y_MM = 55.0  # as near to the upper and lower edge as a pillar fits
PILLAR_MM = 11.0  # a pillar's side: the nut and a wall round it
PILLAR_END_MM = 3.0  # plastic between the nut and the back wall

# --- What the box hangs on
VESA_MM = 75.0  # the hole pattern MIS-D 75 with M4: any monitor arm or stand fits the bare back
CLEAT_MM = 10.0  # from the back to the mount: screw heads and the cable find room
CLEAT_ANGLE_DEG = 45.0  # of the cleat: pulls the box to the mount by its weight, prints without supports
CLEAT_LONG_MM = 92.0  # length of the hanger on the box: a wall round its two screws, clear of the wall's screws
CLEAT_HIGH_MM = 26.0  # height of the hanger: its two screws and the wedge below them
CLEAT_FLAT_MM = 2.0  # blunt end of both wedges
CLEAT_PLAY_MM = 0.4  # between hanger and plate, and between cleat and box
CLEAT_TIP_MM = 6.0  # height of the cleat's tip next to the box: three times its blunt end, before it runs to the plate
CLEAT_ROOT_MM = 12.0  # height of the cleat where it leaves the plate: bears a box that somebody hangs on
MOUNT_MM = 120.0  # width of the wall mount, on a wall or a pole: covers the four screws that close the box
MOUNT_THICK_MM = 6.4  # its plate: the slot for the card and two walls of 2 mm
SHELF_THICK_MM = 5.0  # under the box: covers the seam from below and takes the force of a press
SHELF_OUT_MM = 4.0  # how far it reaches in front of the seam, which it hides and keeps a knife out of
LOCK_FLOOR_MM = 1.2  # over the bottom under the locking screw's nut: with the wall 3.6 mm, which the screw pulls on
SHELF_PLAY_MM = 0.6  # between shelf and box, so that the cleat carries until the locking screw draws them together
LOCK_BEHIND_MM = 22.0  # from the back to the locking screw, in the middle of the bottom
CARD_MM = 2.4  # slot along a mount's upper edge for the question: a card or plate of 2 mm
CARD_DEEP_MM = 12.0  # how deep the card stands in it
CARD_OVER_MM = 29.0  # of a mount's plate over the box, so that the box hides nothing of the card from a seated eye
PLATE_CORNER_MM = 8.0  # chamfer of its upper corners: none catches a sleeve; 45°, since it prints on its side
WALL_SCREW_MM = 5.0  # for a wood screw of 4.5 mm into a plug
WALL_SCREW_HEAD_MM = 9.5  # its countersunk head
WALL_SCREW_X_MM = 52.0  # wide apart, beside the hanger
WALL_SCREW_Y_MM = 44.0  # far above and below the middle, beyond cleat and pattern

# --- The table stand
LEAN_DEG = 30.0  # of the face from the vertical: seen sitting and standing, and a press still pushes into the table
STAND_DEEP_MM = 195.0  # of its foot: a press anywhere on a button meets the table inside it; on a drawn face, behind it
STAND_WIDE_MM = 200.0  # of all of it, a profile: a press anywhere on an outer button meets the table inside it, too
STAND_THICK_MM = 4.0  # of the foot and of the strut
STAND_LOW_MM = 10.0  # from the table to the lowest point of the shelf: a key reaches the locking screw above it
STRUT_DOWN_MM = 24.0  # from the box's upper edge to the strut's end: behind the faces, where somebody presses hard
FOOT_SCREW_MM = 20.0  # of the foot's two screws from its front: so their driver passes the shelf behind the box's seam
FOOT_DRIVER_MM = 11.0  # of the holes in the shelf over them: a head of 9.5 mm and its driver pass, the box covers them

# --- The floor stand
POLE_MM = 35.0  # diameter of the pole of a loudspeaker stand, the commonest heavy foot with an adjustable pole
POLE_ROOM_MM = 0.4  # on its diameter
SOCKET_MM = 6.0  # wall of the socket round the pole
SOCKET_LONG_MM = 80.0  # more than twice the pole's diameter, so that it cannot rock
CLAMP_GAP_MM = 3.0  # slit that the two clamping screws close
CLAMP_LONG_MM = 56.0  # of the slit, from the socket's lower end: past both screws; above it the ring stays whole
CLAMP_UP_MM = (9.0, 25.0)  # of the two screws from that end: a head's room to it, two heads between them
EAR_MM = 14.0  # how far the ears stand out from the socket, and half their width: a head, a nut and walls
EAR_HIGH_MM = 34.0  # of the ears, before they slope: as much over the upper screw as is under the lower
POLE_NUT_MM = 6.0  # of the adapter's plate: a nut's pocket, and 2.6 mm under it that its screw pulls on
ADAPTER_CUT_MM = 38.0  # its top is level at this height over the plate's middle: that is what stands on the bed
CLAMP_SINK_MM = 0.8  # how deep a clamping screw's head lies under the ear's side: its dome catches no sleeve
POLE_TOP_MM = -38.0  # where the pole ends, from the middle of the adapter's plate, which crosses it above
ADAPTER_MM = 95.0  # side of the plate with the VESA pattern

# --- The button. From the electronics' data as soon as they say it; until then a common illuminated arcade button.
BUTTON_HOLE_MM = 30.0  # hole in a panel
BUTTON_BEZEL_MM = 33.5  # diameter of what rests on the panel
BUTTON_BODY_MM = 28.0  # diameter of what is behind the panel
BUTTON_NUT_MM = 36.0  # diameter of its ring nut
BUTTON_DEEP_MM = 50.0  # from the panel's front to the tips of the terminals
BUTTON_PANEL_MM = 10.0  # the thickest panel that its nut still holds
BUTTON_OUT_MM = 6.0  # how far it stands out of the panel
BUTTON_HOLE_ROOM_MM = 0.3  # on the diameter: printed holes come out small

# --- The board. From the electronics' data as soon as they say it; until then a board for a Pico on headers.
BOARD_WIDE_MM = 80.0  # the board's side along x
BOARD_HIGH_MM = 62.0  # the board's side along y
BOARD_THICK_MM = 1.6  # the usual board
BOARD_HOLES_MM = ((4.0, 4.0), (76.0, 4.0), (4.0, 58.0), (76.0, 58.0))  # from its lower left corner, seen from the front

BOARD_X_MM = -40.0  # its lower left corner in the box
BOARD_Y_MM = -9.0  # above the buttons' bodies
STANDOFF_MM = 7.0  # under the board: soldered ends, and depth for an M3 that cuts its thread
STANDOFF_WIDE_MM = 7.0  # diameter of a standoff
JOINT_MM = 2.5  # how far soldered joints and cut wires stand out under the board

PARTS_HIGH_MM = 40.0  # of what stands on the board: the buffer's capacitors, as electronics/kinds.toml asks for them

# --- The cells, where there are any: a holder for three AA side by side, taped flat on the back
CELLS_WIDE_MM = 48.0  # three cells of at most 14.5 mm (IEC 60086-2, R6) and walls; measure yours
CELLS_HIGH_MM = 58.0  # a cell of 50.5 mm and its two contacts
CELLS_DEEP_MM = 16.0  # a cell and the holder's floor; the buttons' terminals stay in front of it
CELLS_X_MM = -103.0  # its lower left corner in the box, seen from the front: beside the board, away from the plug
CELLS_Y_MM = -12.0  # below the pillar, behind the first button

# --- The cable
CABLE_MM = 4.5  # diameter of the thickest USB cable's jacket that is taken
PLUG_WIDE_MM = 11.5  # of a micro-USB plug's grip, which must pass through the back
PLUG_HIGH_MM = 8.0  # the same, the other way
PLUG_ROOM_MM = 0.5  # a side, round it in the hole in the back: printed holes come out small
PLUG_CORNER_MM = 1.0  # radius of that hole's corners: so small that a plug's pass
PLUG_LONG_MM = 32.0  # from the board's socket to where the cable bends freely
CABLE_X_MM = 0.0  # the cable leaves in the middle, behind the mount's plate
CABLE_Y_MM = -42.0  # near the bottom, above the nut of the locking screw
GRIP_MM = 14.0  # between the two screws of the bar that grips the cable: it fits between the buttons of faces 2 and 3
GRIP_Y_MM = -24.0  # above the hole, so that a pull at the cable ends at the bar
GRIP_THICK_MM = 4.0  # of the bar: as stiff as the posts that carry it
GRIP_POST_MM = 6.0  # height of its two posts: depth for an M3 that cuts its thread
GRIP_POST_WIDE_MM = 6.4  # diameter of a post: the hole for that M3 and 1.9 mm round it
GRIP_PINCH_MM = 1.5  # by how much the gap under the bar is less than the thickest cable: a thinner one is held, too
GRIP_WIDE_MM = 8.0  # of the bar: a screw's head and a wall on both sides of it

# --- The Pico on the board, as its datasheet draws it; its place from the electronics' data as soon as they say it
PICO_LONG_MM, PICO_WIDE_MM, PICO_THICK_MM = 51.0, 21.0, 1.0  # Raspberry Pi Pico datasheet, mechanical specification
PICO_ON_BOARD_MM = (29.0, 20.0)  # its lower left corner from the board's, long side along x, its USB at the right end
PICO_OVER_MM = 11.0  # of its lower face over the board: sockets of 8.5 mm and 2.5 mm of the pin headers' plastic
USB_OUT_MM = 1.3  # how far its socket stands out beyond its edge

# --- Lengths of the screws
CASE_SCREW_MM = 10.0  # M3 from behind into the pillars' nuts
TILE_SCREW_LONG_MM = 6.0  # M3 through the front into a tile
BOARD_SCREW_MM = 6.0  # M3 through the board into a standoff
GRIP_SCREW_MM = 8.0  # M3 through the bar into a post
HANGER_SCREW_MM = 12.0  # M4 through the hanger and the back into a nut, and clear of the joints under the board
LOCK_SCREW_MM = 12.0  # M4 through the shelf into the bottom's nut
ADAPTER_SCREW_MM = 12.0  # M4 through a mount into the adapter's nuts
CLAMP_SCREW_MM = 25.0  # M4 through both ears of the adapter
KEY_SHORT_MM = 18.0  # the short arm of a key of 2.5 mm, ISO 2936: what it needs below a head
