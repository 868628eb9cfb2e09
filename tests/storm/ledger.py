"""What fingers pressed and kiosks thanked for, and whether a store agrees with it."""


class Ledger:
    """Presses of one kiosk in order: the face, and whether it was thanked for."""

    def __init__(self):
        self.faces = bytearray()
        self.thanked = bytearray()

    def press(self, face):
        self.faces.append(face)
        self.thanked.append(0)

    def thank(self):
        """For the last press."""
        self.thanked[-1] = 1

    def holds(self, stored):
        """Whether ``stored`` (faces) is what was pressed, but for presses that nobody was thanked for.

        Follows every way in which the stored taps can be matched with the presses; there are few, since only presses
        without thanks may be left out.
        """
        reachable = {0}  # how many of ``stored`` the presses so far may account for
        for face, thanked in zip(self.faces, self.thanked, strict=True):
            taken = {at + 1 for at in reachable if at < len(stored) and stored[at] == face}
            reachable = taken if thanked else taken | reachable
            if not reachable:
                return False
        return len(stored) in reachable
