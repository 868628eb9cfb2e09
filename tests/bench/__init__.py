"""Figures of the running product, one line each: name, value, unit, and what it is held against. `make bench`."""
