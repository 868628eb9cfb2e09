"""What tests of a full flash leave of it to the firmware; tests/tools/test_image.py holds the image against it."""

SLOT_BLOCKS = 56  # of 4,096 bytes: as many as one of the two slots may take
