"""A board's journals by their folders: ``<generation>-<journal id>-<board id>``, of which the highest counts.

To make one is one atomic step, and the board's own id in the name is how a cloned flash is found out.
"""

from kiosk.shelf import NEW, ROOT, Shelf


class Folders:
    """``generation`` is that of the journal in use; 0 before there is one."""

    def __init__(self, files, board_id, entropy):
        self.files = files
        self.board_id = board_id
        self.entropy = entropy
        self.generation = 0

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
        shelf = Shelf(self.files, ROOT + "/" + name)
        shelf.open()
        shelf.remove()
