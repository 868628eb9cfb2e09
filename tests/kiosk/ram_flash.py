"""A flash in memory under the real littlefs, whose power can be cut at any program or erase."""

import os

import vfs

BLOCK = 4096
GEOMETRY = {"progsize": 256, "readsize": 256, "lookahead": 32}

NOTHING = 0  # of the torn operation reached the flash
HALF = 1
GARBAGE = 2  # the first half did, the rest of it is noise
TEARS = (NOTHING, HALF, GARBAGE)


_EIO = -5


class PowerCut(Exception):
    """Raised by a scripted life that finds itself without power."""


class RamFlash:
    """The extended block device protocol. Counts ``programs`` (of 256 bytes) and ``erases``.

    Without power every operation answers with an error number: a finaliser that closes a file may not allocate, so
    nothing is raised here.
    """

    def __init__(self, blocks, content=None):
        self.blocks = blocks
        self.content = bytearray(blocks * BLOCK) if content is None else content
        self.programs = self.erases = 0
        self.cut_after = None  # operations until the power goes
        self.tear = NOTHING
        self.off = False

    def blank(self):
        for at in range(0, self.blocks * BLOCK, BLOCK):
            self._store(at, _ERASED)
        self.power_on()
        vfs.VfsLfs2.mkfs(Session(self), **GEOMETRY)
        self.programs = self.erases = 0

    def power_on(self, cut_after=None, tear=NOTHING):
        self.off = False
        self.cut_after = cut_after
        self.tear = tear

    def read(self, at, buffer):
        buffer[:] = memoryview(self.content)[at : at + len(buffer)]

    def program(self, at, buffer):
        for page in range(0, len(buffer), 256):
            self.programs += 1
            if not self._change(at + page, memoryview(buffer)[page : page + 256]):
                return _EIO
        return 0

    def erase(self, at):
        self.erases += 1
        return 0 if self._change(at, _ERASED) else _EIO

    def _change(self, at, page):
        """Changes one page or block, unless the power goes in the middle of it."""
        if self.cut_after is not None:
            self.cut_after -= 1
            if self.cut_after < 0:
                self._tear(at, page)
                self.off = True
                return False
        self._store(at, page)
        return True

    def _tear(self, at, page):
        half, end = at + len(page) // 2, at + len(page)
        if self.tear != NOTHING:
            self._store(at, page[: half - at])
        if self.tear == GARBAGE:
            self._store(half, bytes([i * 37 + at & 255 for i in range(half, end)]))

    def _store(self, at, page):
        self.content[at : at + len(page)] = page


class FileFlash(RamFlash):
    """The same in a file, for a test whose heap has no room for a flash; ``close`` removes it."""

    def __init__(self, blocks):
        self._path = (os.getenv("TMPDIR") or "/tmp") + "/hymio-flash-%d.bin" % int.from_bytes(os.urandom(4), "big")
        super().__init__(blocks, open(self._path, "w+b"))  # noqa: SIM115  until it is closed

    def read(self, at, buffer):
        self.content.seek(at)
        self.content.readinto(buffer)

    def close(self):
        self.content.close()
        os.remove(self._path)

    def copy(self, other):
        """Takes what another flash of the same size holds."""
        page = bytearray(BLOCK)
        for at in range(0, self.blocks * BLOCK, BLOCK):
            other.read(at, page)
            self._store(at, page)

    def _store(self, at, page):
        self.content.seek(at)
        self.content.write(page)


class Session:
    """The block device as one mount sees it: dead when the power has gone, and for ever."""

    def __init__(self, flash):
        self.flash = flash
        self.dead = False

    def readblocks(self, block, buffer, offset=0):
        if self._is_dead():
            return _EIO
        self.flash.read(block * BLOCK + offset, buffer)
        return 0

    def writeblocks(self, block, buffer, offset=0):
        if self._is_dead():
            return _EIO
        return self.flash.program(block * BLOCK + offset, buffer)

    def ioctl(self, operation, block):
        if operation == 4:
            return self.flash.blocks
        if operation == 5:
            return BLOCK
        if operation == 6:
            return _EIO if self._is_dead() else self.flash.erase(block * BLOCK)
        return 0

    def _is_dead(self):
        self.dead = self.dead or self.flash.off
        return self.dead


_ERASED = b"\xff" * BLOCK


def mount(flash, at):
    """Mounts the flash at a folder name; returns what to give to ``unmount``."""
    session = Session(flash)
    vfs.mount(vfs.VfsLfs2(session, **GEOMETRY), at)
    return session


def unmount(session, at):
    """Ends a mount as a power cut does: nothing more is written by whoever still has a file open."""
    session.dead = True
    vfs.umount(at)
