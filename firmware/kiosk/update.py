"""Fetches new firmware into the slot that does not run: the manifest, then each file that slot does not hold already.

What lies in the slot is all that is remembered, so a power cut costs at most the piece it hit. The manifest's signature
is checked before any file is asked for. An older manifest that was signed with this key is accepted again.
"""

import binascii
import hashlib

from wire import manifest

MANIFEST = "manifest"
MAX_MANIFEST = 8192  # read whole: bounds what one command may take of the heap
TRIES = 3
SPARE_BLOCKS = 10
BLOCK = 4096
_CHUNK = 512


class Update:
    """``files``: see board.files, its root where the slots lie. ``key``: this kiosk's, bytes, or None."""

    def __init__(self, files, slot, key, version, size):
        self.files = files
        self.slot = slot
        self.key = key
        self.version = version
        self.why = None  # a sentence, once it has failed
        self.ready = False  # every file is there and right
        self._resumed = False
        self._left = []  # entries still to fetch
        self._entry = manifest.Entry(MANIFEST, size, None)
        self._tries = 0
        self._begin()

    def want(self):
        """(file, offset) of the next piece, or None when there is nothing to ask for."""
        if self.ready or self.why:
            return None
        return self._entry.path, self._held()

    def take(self, version, file, offset, size, data):
        """A piece that came. One that was not asked for changes nothing. Raises OSError when the flash refuses."""
        if self.want() != (file, offset) or version != self.version or not data:
            return
        if size != self._entry.size or offset + len(data) > size:
            self.why = "%s has another size than was said" % file
            return
        self.files.append(self._path(file), data)
        if offset + len(data) == size:
            self._finish()

    def _begin(self):
        if self.key is None:
            self.why = "config.json has no update_key, so no update can be checked"
        elif not 1 <= self._entry.size <= MAX_MANIFEST:
            self.why = "the manifest has more than %d bytes" % MAX_MANIFEST
        else:
            self._resume()

    def _resume(self):
        """Goes on with the manifest that lies there if it is the right one, else fetches it anew."""
        self.files.make_folder(self.slot)
        if self._held() == self._entry.size and self._is_ours():
            self._resumed = True
            self._finish()
        else:
            self._remove("main.py")  # first: a slot without it is never started
            self._remove(MANIFEST)

    def _is_ours(self):
        data = self.files.read(self._path(MANIFEST))
        try:
            return manifest.is_signed(data, self.key) and manifest.parse(data).version == self.version
        except manifest.ManifestError:
            return False

    def _finish(self):
        if self._entry.path == MANIFEST:
            self._plan()
        elif self._digest(self._entry.path) == self._entry.sha256:
            self._next()
        else:
            self._again()

    def _plan(self):
        if not self._is_ours():
            self.why = "the manifest is not signed with this kiosk's key"
            return
        entries = manifest.parse(self.files.read(self._path(MANIFEST))).entries
        missing = [e for e in entries if self._digest(e.path) != e.sha256]
        self._sweep({e.path for e in entries})
        if not self._resumed:  # what differs is another version's, and no beginning of this one's
            for entry in missing:
                self._remove(entry.path)
        blocks = sum([e.size // BLOCK + 1 - self._size(e.path) // BLOCK for e in missing]) + SPARE_BLOCKS
        if self.files.free() < blocks * BLOCK:
            self.why = "the update needs %d bytes of flash, %d are free" % (blocks * BLOCK, self.files.free())
            return
        for entry in entries:
            if "/" in entry.path:
                self.files.make_folder(self.slot + "/" + entry.path.split("/")[0])
        self._left = missing
        self._next()

    def _next(self):
        self._tries = 0
        while self._left:
            self._entry = self._left.pop(0)
            if self._held() >= self._entry.size:
                self._remove(self._entry.path)
            if self._entry.size:
                return
            self.files.write(self._path(self._entry.path), b"")
        self.ready = True

    def _again(self):
        self._tries += 1
        self._remove(self._entry.path)
        if self._tries == TRIES:
            self.why = "%s came %d times with a wrong SHA-256" % (self._entry.path, TRIES)

    def _sweep(self, keep):
        """Removes what an older version left in the slot."""
        for name in self.files.names(self.slot):
            below = (
                self.files.names(self.slot + "/" + name) if "." not in name and name not in (MANIFEST, "why") else ()
            )
            for path in [name + "/" + n for n in below] or [name]:
                if path not in keep and path != MANIFEST and ("." in path or path == "why"):
                    self._remove(path)

    def _digest(self, path):
        size = self.files.size(self._path(path))
        if size is None:
            return None
        total = hashlib.sha256()
        for at in range(0, size, _CHUNK):
            total.update(self.files.read_part(self._path(path), at, _CHUNK))
        return binascii.hexlify(total.digest()).decode()

    def _held(self):
        return self._size(self._entry.path)

    def _size(self, path):
        return self.files.size(self._path(path)) or 0

    def _remove(self, path):
        if self.files.size(self._path(path)) is not None:
            self.files.remove(self._path(path))

    def _path(self, name):
        return self.slot + "/" + name
