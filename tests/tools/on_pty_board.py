# Runs in MicroPython before its REPL: mounts the flash as the only file system, then does what a board does at start.
import os
import sys

import vfs

FLASH, SPOIL = os.getenv("FLASH"), os.getenv("SPOIL").encode()
BLOCKS, BLOCK = int(os.getenv("BLOCKS")), 4096
SYNC = 3
GEOMETRY = {"progsize": 256, "readsize": 256, "lookahead": 32}


class Flash:
    def __init__(self):
        self._brittle = None
        try:
            os.stat(FLASH)
        except OSError:
            with open(FLASH, "wb") as f:
                for _ in range(BLOCKS):
                    f.write(b"\xff" * BLOCK)
        self._file = open(FLASH, "r+b")  # noqa: SIM115  held for the life of the process

    def readblocks(self, block, buffer, offset=0):
        self._file.seek(block * BLOCK + offset)
        self._file.readinto(buffer)

    def writeblocks(self, block, buffer, offset=0):
        at = block * BLOCK + offset
        self._file.seek(at)
        self._file.write(buffer)
        self._file.flush()
        if SPOIL and SPOIL in bytes(buffer):
            self._brittle = at + bytes(buffer).find(SPOIL)

    def ioctl(self, operation, _):
        # littlefs reads back what it programs; a bit that fades later is what only a checksum of the file finds
        if operation == SYNC and self._brittle is not None:
            self._file.seek(self._brittle)
            self._file.write(bytes([SPOIL[0] ^ 1]))
            self._file.flush()
            self._brittle = None
        return {4: BLOCKS, 5: BLOCK}.get(operation, 0)


flash = Flash()
vfs.umount("/")
try:
    vfs.mount(vfs.VfsLfs2(flash, **GEOMETRY), "/")
except OSError:
    vfs.VfsLfs2.mkfs(flash, **GEOMETRY)
    vfs.mount(vfs.VfsLfs2(flash, **GEOMETRY), "/")
sys.path[:] = ["", ".frozen", "/lib"]  # as on a board
for name in ("boot.py", "main.py") if os.getenv("MAIN") else ("boot.py",):
    try:  # in the current folder, which boot.py may change
        os.stat(name)
    except OSError:
        continue
    with open(name) as f:
        source = f.read()
    exec(compile(source, name, "exec"), {"__name__": "__main__"})
