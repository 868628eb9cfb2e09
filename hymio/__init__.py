"""The command line and the composition of a running service. May import every part; nothing imports it."""
