"""A kiosk's files: replaced whole or appended to, and after a cut either as before or as after.

``LittleFiles`` rests on littlefs, where closing a file is that atomic step. ``FolderFiles`` is for a computer whose
file system has no such step: it writes beside and renames over.
"""

import os
from errno import ENOENT


class LittleFiles:  # section: keeping a tap
    """Files below ``root`` on a mounted littlefs. Every method raises OSError when the flash refuses."""

    def __init__(self, root):
        self.root = root

    def names(self, folder):
        """What lies in a folder; nothing when there is none."""
        try:
            return os.listdir(self.root + "/" + folder)
        except OSError as e:
            _only_missing(e)
            return []

    def size(self, path):
        """Bytes, or None when there is no such file."""
        try:
            return os.stat(self.root + "/" + path)[6]
        except OSError as e:
            _only_missing(e)
            return None

    def read(self, path):
        with open(self.root + "/" + path, "rb") as f:
            return f.read()

    def read_part(self, path, offset, size):
        with open(self.root + "/" + path, "rb") as f:
            f.seek(offset)
            return f.read(size)

    def write(self, path, content):
        with open(self.root + "/" + path, "wb") as f:
            f.write(content)

    def append(self, path, content):
        with open(self.root + "/" + path, "ab") as f:
            f.write(content)

    def rename(self, old, new):
        os.rename(self.root + "/" + old, self.root + "/" + new)

    def remove(self, path):
        os.remove(self.root + "/" + path)

    def make_folder(self, path):
        """Makes a folder and those above it that are missing."""
        made = self.root
        for part in path.split("/"):
            made += "/" + part
            try:
                os.stat(made)
            except OSError as e:
                _only_missing(e)
                os.mkdir(made)

    def remove_folder(self, path):
        """Removes an empty folder, if it is there."""
        try:
            os.stat(self.root + "/" + path)
        except OSError as e:
            _only_missing(e)
            return
        os.rmdir(self.root + "/" + path)

    def free(self):
        """Bytes that are left, or up to some fifteen blocks fewer: what littlefs counts as taken is no less than is."""
        found = os.statvfs(self.root)
        return found[0] * found[3] if found[3] <= found[2] else 0  # more taken than there is: the figure wrapped


def _only_missing(error):
    """What is not there is an answer; what cannot be read is trouble, and must not look like an empty flash."""
    if error.args[0] != ENOENT:
        raise error


class FolderFiles(LittleFiles):  # section: none, it is a computer's
    """The same below a folder of this computer."""

    def names(self, folder):
        return [name for name in super().names(folder) if not name.endswith("~")]

    def write(self, path, content):
        beside = self.root + "/" + path + "~"
        with open(beside, "wb") as f:
            f.write(content)
        os.rename(beside, self.root + "/" + path)

    def append(self, path, content):
        before = b"" if self.size(path) is None else self.read(path)
        self.write(path, before + content)

    def remove_folder(self, path):
        for name in super().names(path):
            if name.endswith("~"):
                self.remove(path + "/" + name)
        super().remove_folder(path)
