"""A board's journals by their folders: ``<generation>-<journal id>-<board id>``, of which the highest counts.

To make one is one atomic step, and the board's own id in the name is how a cloned flash is found out. Whose taps they
are stands in a file of its own: an earlier firmware, which an update may fall back to, deletes a name it cannot read.
"""

from kiosk.orders import CONFIG_FILE
from kiosk.shelf import NEW, ROOT, Shelf

KIOSK_FILE = "kiosk.kept"  # the kiosk's name, twice: one that a bad bit changed must cost no journal


class Folders:
    """``generation`` is that of the journal in use; 0 before there is one."""

    def __init__(self, files, board_id, entropy):
        self.files = files
        self.board_id = board_id
        self.entropy = entropy
        self.generation = 0

    def belong_to(self, kiosk):
        """Lets the journals and the settings go that another kiosk left on this flash. Before ``find``.

        Raises OSError where the flash refuses that: nobody's taps are told as another kiosk's.
        """
        said = self._kiosk()
        if said == kiosk:
            return
        if said:
            if self.files.size(CONFIG_FILE) is not None:
                self.files.remove(CONFIG_FILE)
            for name in self.files.names(ROOT):
                self._delete(name)
        try:
            self.files.write(KIOSK_FILE, (kiosk + "\n" + kiosk).encode())
        except OSError:
            if said:
                raise  # or the next boot would take this one's taps for the other's

    def _kiosk(self):
        """Whose the journals are, or None where that is not known: before there was such a file, or it is spoilt."""
        try:
            names = bytes(self.files.read(KIOSK_FILE)).decode().split("\n")
        except (OSError, ValueError):
            return None
        return names[0] if len(names) == 2 and names[0] == names[1] else None

    def find(self):
        """``(journal id, shelf)`` of this board's journal, not yet opened, or None.

        Deletes what is another board's, older, or half made.
        """
        mine = []
        for name in self.files.names(ROOT):
            parts = name.split("-")
            if len(parts) == 3 and parts[2] == self.board_id:
                mine.append((int(parts[0]), parts[1], name))
            else:
                self._delete(name)
        mine.sort()
        for _, _, name in mine[:-1]:
            self._delete(name)
        if not mine:
            return None
        self.generation, journal_id, name = mine[-1]
        return journal_id, Shelf(self.files, ROOT + "/" + name)

    def make(self):
        """``(journal id, shelf)`` of a board's first journal."""
        self.files.make_folder(ROOT)
        shelf = Shelf(self.files, NEW)
        shelf.make()
        journal_id, folder = self.next_name()
        self.files.rename(NEW, folder)
        shelf.folder = folder
        self.generation += 1
        return journal_id, shelf

    def next_name(self):
        """``(journal id, folder)`` of the journal that is to follow."""
        journal_id = "".join(["%02x" % b for b in self.entropy(4)])
        return journal_id, "%s/%d-%s-%s" % (ROOT, self.generation + 1, journal_id, self.board_id)

    def _delete(self, name):
        """Its name goes first, in one step: a cut in the middle leaves nothing that is taken for a journal."""
        self._remove_new()
        if ROOT + "/" + name != NEW:
            self.files.rename(ROOT + "/" + name, NEW)
            self._remove_new()

    def _remove_new(self):
        shelf = Shelf(self.files, NEW)
        shelf.open()
        shelf.remove()
