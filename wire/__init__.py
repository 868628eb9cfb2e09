"""What crosses the air between a kiosk and a collector. SPEC.md is the text; this is the same, executable.

Runs unchanged on CPython and on MicroPython, and imports only what both have.
"""
