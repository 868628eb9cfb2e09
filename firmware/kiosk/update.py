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
SPARE_BLOCKS = 16  # the folders, the files that lie inside their metadata, and two for the journal
BLOCK = 4096
INLINE = 512  # littlefs keeps a file of an eighth of a block inside its folder's metadata
_CHUNK = 512


def blocks(size):
    """How many blocks of flash a file of that many bytes takes for itself."""
    return 0 if size <= INLINE else -(-size // BLOCK)


class Update:
    """``files``: see board.files, its root where the slots lie. ``key``: this kiosk's, bytes, or None.

    ``give_way()`` frees a block of flash, or says False. ``busy``: ``step`` has something to do; else ``want`` says
    which piece is to come, unless it is over.
    """

    def __init__(self, files, slot, key, version, size, give_way):
        self.files = files
        self._give_way = give_way
        self.slot = slot
        self.key = key
        self.version = version
        self.why = None  # a sentence, once it has failed
        self.ready = False  # every file is there and right
        self._entry = None  # what is being fetched
        self._steps = self._run(manifest.Entry(MANIFEST, size, None))
        if key is None:
            self.why = "config.json has no update_key, so no update can be checked"
        elif not 1 <= size <= MAX_MANIFEST:
            self.why = "the manifest has more than %d bytes" % MAX_MANIFEST

    @property
    def busy(self):
        return not self.ready and not self.why and self._entry is None

    def step(self):
        """Does one piece of work: at most one file hashed, one removed, one folder made. Raises OSError."""
        if self.busy:
            next(self._steps)

    def want(self):
        """(file, offset) of the next piece, or None when there is nothing to ask for."""
        if self.ready or self.why or self._entry is None:
            return None
        return self._entry.path, self._size(self._entry.path)

    def take(self, version, file, offset, size, data):
        """A piece that came. One that was not asked for changes nothing. Raises OSError when the flash refuses."""
        entry = self._entry
        if not entry or self.want() != (file, offset) or version != self.version or not data:
            return
        if size != entry.size or offset + len(data) > size:
            self.why = "%s has another size than was said" % file
            return
        self.files.append(self._path(file), data)
        if offset + len(data) == size:
            self._entry = None
            self.step()  # at once: a wrong main.py must not lie there

    def _run(self, listing):
        """Everything in order. Goes on with the manifest that lies there if it is the right one, else fetches it."""
        self.files.make_folder(self.slot)
        resumed = self._size(MANIFEST) == listing.size and self._is_ours()
        yield
        if not resumed:
            for path in ("main.py", MANIFEST):  # in this order: a slot without main.py is never started
                self._remove(path)
                yield
            self._entry = listing
            yield
            if not self._is_ours():
                self.why = "the manifest is not signed with this kiosk's key"
            yield
        entries = manifest.parse(self.files.read(self._path(MANIFEST))).entries
        missing = []
        for entry in entries:
            if self._digest(entry.path) != entry.sha256:
                missing.append(entry)
            yield
        for path in self._left_over({e.path for e in entries}):
            self._remove(path)
            yield
        if not resumed:  # what differs is another version's, and no beginning of this one's
            for entry in missing:
                self._remove(entry.path)
                yield
        for _ in self._make_room(missing):
            yield
        for folder in {e.path.split("/")[0] for e in entries if "/" in e.path}:
            self.files.make_folder(self.slot + "/" + folder)
            yield
        for entry in missing:
            for _ in self._fetch(entry):
                yield
        self.ready = True
        yield

    def _fetch(self, entry):
        for _ in range(TRIES):
            if self._size(entry.path) >= entry.size:
                self._remove(entry.path)
                yield
            if not entry.size:
                self.files.write(self._path(entry.path), b"")
                yield
                return
            self._entry = entry
            yield
            if self._digest(entry.path) == entry.sha256:
                return
        self._remove(entry.path)
        self.why = "%s came %d times with a wrong SHA-256" % (entry.path, TRIES)
        yield

    def _is_ours(self):
        data = self.files.read(self._path(MANIFEST))
        try:
            return manifest.is_signed(data, self.key) and manifest.parse(data).version == self.version
        except manifest.ManifestError:
            return False

    def _make_room(self, missing):
        needed = BLOCK * (SPARE_BLOCKS + sum([blocks(e.size) - blocks(self._size(e.path)) for e in missing]))
        free = self.files.free()
        while free < needed and self._give_way():
            yield
            free = self.files.free()
        if free < needed:
            self.why = "the update needs %d bytes of flash, %d are free" % (needed, free)
        yield

    def _left_over(self, keep):
        """The files that an older version left in the slot."""
        found = []
        for name in self.files.names(self.slot):
            below = (
                self.files.names(self.slot + "/" + name) if "." not in name and name not in (MANIFEST, "why") else ()
            )
            for path in [name + "/" + n for n in below] or [name]:
                if path not in keep and path != MANIFEST and ("." in path or path == "why"):
                    found.append(path)
        return found

    def _digest(self, path):
        size = self.files.size(self._path(path))
        if size is None:
            return None
        total = hashlib.sha256()
        for at in range(0, size, _CHUNK):
            total.update(self.files.read_part(self._path(path), at, _CHUNK))
        return binascii.hexlify(total.digest()).decode()

    def _size(self, path):
        return self.files.size(self._path(path)) or 0

    def _remove(self, path):
        if self.files.size(self._path(path)) is not None:
            self.files.remove(self._path(path))

    def _path(self, name):
        return self.slot + "/" + name
