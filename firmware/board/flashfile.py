"""A Pico's flash in a file of this computer, for MicroPython's littlefs: what was programmed outlives the process."""

import os

import vfs

BLOCK = 4096
BLOCKS = 212  # a Pico W's 848 KiB
_GEOMETRY = {"progsize": 256, "readsize": 256, "lookahead": 32}


class FlashFile:
    """The extended block device protocol of MicroPython over one file, written through at every program."""

    def __init__(self, path, blocks=BLOCKS):
        self.blocks = blocks
        try:
            os.stat(path)
        except OSError:
            with open(path, "wb") as f:
                erased = b"\xff" * 256
                for _ in range(blocks * BLOCK // 256):
                    f.write(erased)
        self._file = open(path, "r+b")  # noqa: SIM115  held for the life of the process

    def readblocks(self, block, buffer, offset=0):
        self._file.seek(block * BLOCK + offset)
        self._file.readinto(buffer)

    def writeblocks(self, block, buffer, offset=0):
        self._file.seek(block * BLOCK + offset)
        self._file.write(buffer)
        self._file.flush()

    def ioctl(self, operation, _):
        if operation == 4:
            return self.blocks
        if operation == 5:
            return BLOCK
        return 0  # 6, erase: a program of this file needs none


def mount(path, at):
    """Mounts the flash in ``path`` at a folder name such as /flash, formatting it when it holds nothing.

    At ``/`` it takes the place of all other files.
    """
    device = FlashFile(path)
    if at == "/":
        vfs.umount("/")
    try:
        vfs.mount(vfs.VfsLfs2(device, **_GEOMETRY), at)
    except OSError:
        vfs.VfsLfs2.mkfs(device, **_GEOMETRY)
        vfs.mount(vfs.VfsLfs2(device, **_GEOMETRY), at)
