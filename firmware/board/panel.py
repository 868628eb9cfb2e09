"""The buttons and lights of the case, up before all else: a press while the rest is still read from flash counts."""

from board.contacts import Contacts
from board.lamps import Lamps


class Panel:
    def __init__(self):
        self.lamps = Lamps()
        self.contacts = Contacts(self.lamps.glimpse)
