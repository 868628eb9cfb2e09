"""A board's flash in a file, for CPython: the real littlefs by way of littlefs-python.

The file is mapped into memory, so that what was programmed outlives a SIGKILL at any moment, as on a flash.
"""

import contextlib
import mmap
import os
from errno import ENOENT

import littlefs

_BLOCK = 4096
_GEOMETRY = {"block_size": _BLOCK, "prog_size": 256, "read_size": 256, "lookahead_size": 32}  # MicroPython's on a Pico
_NOENT = -2


class _Device(littlefs.UserContext):
    def __init__(self, path, blocks):
        size = blocks * _BLOCK
        if not os.path.exists(path):
            with open(path, "wb") as file:
                file.write(b"\xff" * size)
        with open(path, "r+b") as file:
            self._flash = mmap.mmap(file.fileno(), size)

    def read(self, cfg, block, off, size):
        at = block * _BLOCK + off
        return bytearray(self._flash[at : at + size])

    def prog(self, cfg, block, off, data):
        at = block * _BLOCK + off
        self._flash[at : at + len(data)] = bytes(data)
        return 0

    def erase(self, cfg, block):
        self._flash[block * _BLOCK : (block + 1) * _BLOCK] = b"\xff" * _BLOCK
        return 0

    def sync(self, cfg):
        return 0


class FlashFiles:
    """As board.files.LittleFiles, on the littlefs in the file ``path``; a new one is formatted."""

    root = "/"

    def __init__(self, path, blocks):
        self._blocks = blocks
        new = not os.path.exists(path)
        self._fs = littlefs.LittleFS(context=_Device(path, blocks), block_count=blocks, mount=False, **_GEOMETRY)
        if new:
            self._fs.format()
        self._fs.mount()

    def names(self, folder):
        with _oserror():
            try:
                return self._fs.listdir(folder)
            except littlefs.LittleFSError as error:
                _only_missing(error)
                return []

    def size(self, path):
        with _oserror():
            try:
                return self._fs.stat(path).size
            except littlefs.LittleFSError as error:
                _only_missing(error)
                return None

    def read(self, path):
        with _oserror(), self._fs.open(path, "rb") as file:
            return file.read()

    def read_part(self, path, offset, size):
        with _oserror(), self._fs.open(path, "rb") as file:
            file.seek(offset)
            return file.read(size)

    def write(self, path, content):
        with _oserror(), self._fs.open(path, "wb") as file:
            file.write(content)

    def append(self, path, content):
        mode = "wb" if self.size(path) is None else "ab"
        with _oserror(), self._fs.open(path, mode) as file:
            file.write(content)

    def rename(self, old, new):
        with _oserror():
            self._fs.rename(old, new)

    def remove(self, path):
        with _oserror():
            self._fs.remove(path)

    def make_folder(self, path):
        with _oserror():
            self._fs.makedirs(path, exist_ok=True)

    def remove_folder(self, path):
        with _oserror():
            self._fs.rmdir(path)

    def free(self):
        return (self._blocks - self._fs.used_block_count) * _BLOCK


@contextlib.contextmanager
def _oserror():
    """littlefs-python's errors as the kiosk knows them."""
    try:
        yield
    except littlefs.LittleFSError as error:
        raise OSError(-error.code) from None


def _only_missing(error):
    if error.code != _NOENT:
        raise OSError(-error.code) from None


assert ENOENT == -_NOENT
