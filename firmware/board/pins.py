"""Which wire goes where, on every board: the wiring drawing is made from this. Buttons close to ground; pull-ups on."""

FACES = {1: 2, 2: 3, 3: 4, 4: 5}  # GPIO of the button, by face
LIGHTS = {1: 10, 2: 11, 3: 12, 4: 13}  # GPIO of the light, by face
CABLE = {"miso": 16, "cs": 17, "sck": 18, "mosi": 19, "reset": 20, "interrupt": 21}  # soldered on a W5500-EVB-Pico
