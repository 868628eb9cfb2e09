"""What a kiosk does, without a word about the board it does it on: time and I/O are handed in.

press → tap → journal → uplink; each stage is a module. Runs unchanged on MicroPython and CPython.
"""
