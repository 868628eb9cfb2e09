"""What fingers pressed and kiosks thanked for, and whether a store agrees with it."""

from typing import NamedTuple


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


class Pressed(NamedTuple):
    """A kiosk at the end of a storm. ``sort``: what it runs on; ``kills``: how often its power was cut."""

    name: str
    sort: str
    behind_relay: bool
    kills: int
    ledger: Ledger

    def disagreements(self, stored):
        """Sentences on what ``stored`` (faces) lacks or has too much; none."""
        ledger = self.ledger
        if not ledger.holds(stored):
            thanked = sum(ledger.thanked)
            told = f"pressed {len(ledger.faces)}, thanked {thanked}, stored {len(stored)}"
            yield f"{self.name}: {told}: not as pressed"
        if not self.kills and bytes(stored) != bytes(ledger.faces):
            yield f"{self.name} was never killed, and not every press is stored"


def equal(kiosks):
    """Of each sort, how many were never killed: of those every press is stored, whether it was thanked for or not."""
    for sort in sorted({kiosk.sort for kiosk in kiosks}):
        mine = [kiosk for kiosk in kiosks if kiosk.sort == sort]
        spared = [kiosk for kiosk in mine if not kiosk.kills]
        behind = [kiosk for kiosk in spared if kiosk.behind_relay]
        yield (
            f"on {sort} {len(spared)} of {len(mine)} kiosks were never killed, {len(behind)} of them behind the link "
            "that is cut and delayed: checked for stored = pressed"
        )
