"""How much of a board's flash is taken, in littlefs' own blocks: one count for what is there and for what is to come.

The board's own figure (statvfs) is not asked. It counts more than is taken, and wraps where that is more than there is:
beside two slots 84 free blocks where 99 could be written, beside these and a full journal 4,294,967,290 where 16 could.
"""

from collections.abc import Mapping

from firmware.tools.image import BLOCK

INLINE = 512
"""The bytes up to which a file lies in its folder's own blocks: an eighth of a block.

littlefs takes the least of that, 1,022 and its cache (lfs2.c, ``inline_max``); on rp2 the cache is 1,024: four times
the 256 bytes of a program (MicroPython's extmod/vfs_lfsx.c).
"""

_PAIR = BLOCK // 2  # littlefs splits a folder's two blocks when what lives in them is more than half of one (lfs2.c)
_ENTRY = 36  # of a name: its four tags, where its blocks begin, its size, and the time MicroPython keeps


def blocks(files: Mapping[str, int]) -> int:
    """The blocks that files of these sizes take, by absolute path, with the folders they lie in and the root.

    How a folder splits depends on its past, so that it may have two or four more.
    """
    held = {"": 0}
    taken = 0
    for path, size in files.items():
        folder, _, name = path.rpartition("/")
        held[folder] = held.get(folder, 0) + _ENTRY + len(name.encode())
        if size <= INLINE:
            held[folder] += size
        else:
            taken += size_in_blocks(size)
        while folder:
            folder = folder.rpartition("/")[0]
            held.setdefault(folder, 0)
    return taken + 2 * sum(-(-max(1, size) // _PAIR) for size in held.values())


def size_in_blocks(size: int) -> int:
    """Of one file: what lies in its folder's blocks takes none of its own."""
    return 0 if size <= INLINE else -(-size // BLOCK)
