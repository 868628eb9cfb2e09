"""Pixels of a PNG file, without any picture library; enough to tell whether two drawings show the same."""

import struct
import zlib
from collections.abc import Iterator

SIGNATURE = b"\x89PNG\r\n\x1a\n"
PALETTE = 3  # a colour type: values are places in a table of colours
CHANNELS = {0: 1, 2: 3, PALETTE: 1, 4: 2, 6: 4}  # by colour type
SAME_MEAN = 1.0  # of 255: another font hinter, another last digit of a shade
BLOCK_PX = 16  # side of the squares that are compared each for itself: as large as a word of a drawing
SAME_IN_BLOCK = 10.0  # of 255: a word that moved by a stroke changes its square by more, a denoiser's grain by less


def read(data: bytes) -> tuple[int, int, int, bytes]:
    """``(width, height, channels, bytes row by row)`` of an 8-bit PNG without interlace, a palette's colours
    looked up; ValueError for others."""
    if not data.startswith(SIGNATURE):
        raise ValueError("not a PNG file")
    at, packed, head, palette = len(SIGNATURE), b"", b"", b""
    while at < len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        chunk = data[at + 8 : at + 8 + length]
        packed += chunk if kind == b"IDAT" else b""
        head = chunk if kind == b"IHDR" else head
        palette = chunk if kind == b"PLTE" else palette
        at += length + 12
    width, height, depth, colour, _, _, interlace = struct.unpack(">IIBBBBB", head)
    if depth != 8 or interlace:
        raise ValueError(f"a PNG of {depth} bits, interlace {interlace}, is not read here")
    channels = CHANNELS[colour]
    values = unfiltered(zlib.decompress(packed), width * channels, channels)
    if colour == PALETTE:
        return width, height, 3, b"".join(palette[3 * i : 3 * i + 3] for i in values)
    return width, height, channels, values


def unfiltered(lines: bytes, stride: int, step: int) -> bytes:
    """Undoes the filters of the PNG specification, section 9.2: None, Sub, Up, Average, Paeth."""
    before, whole = bytes(stride), bytearray()
    for at in range(0, len(lines), stride + 1):
        line = bytearray(lines[at + 1 : at + 1 + stride])
        undo(lines[at], line, before, step)
        before = bytes(line)
        whole += before
    return bytes(whole)


def undo(kind: int, line: bytearray, up: bytes, step: int) -> None:
    """In place. A loop for each filter, since these are what a comparison of pictures takes its time for."""
    if kind == 1:
        for i in range(step, len(line)):
            line[i] = (line[i] + line[i - step]) & 255
    elif kind == 2:
        line[:] = bytes([(x + b) & 255 for x, b in zip(line, up, strict=True)])
    elif kind == 3:
        for i, b in enumerate(up):
            line[i] = (line[i] + ((line[i - step] if i >= step else 0) + b) // 2) & 255
    elif kind == 4:
        for i in range(min(step, len(line))):
            line[i] = (line[i] + up[i]) & 255
        for i in range(step, len(line)):
            line[i] = (line[i] + paeth(line[i - step], up[i], up[i - step])) & 255


def paeth(a: int, b: int, c: int) -> int:
    """Of the values to the left, above, and above to the left, the one nearest to a + b - c; the first of equals."""
    from_a, from_b, from_c = abs(b - c), abs(a - c), abs(a + b - 2 * c)
    if from_a <= from_b and from_a <= from_c:
        return a
    return b if from_b <= from_c else c


def difference(one: bytes, other: bytes) -> str | None:
    *size, a = read(one)
    *other_size, b = read(other)
    if size != other_size:
        return f"{size[0]} × {size[1]} and {other_size[0]} × {other_size[1]} pixels"
    mean = sum(abs(x - y) for x, y in zip(a, b, strict=True)) / len(a)
    if mean > SAME_MEAN:
        return f"pixels that differ by {mean:.1f} of 255 on average"
    worst, x, y = max(blocks(a, b, size[0], size[2]))
    return None if worst <= SAME_IN_BLOCK else f"pixels that differ by {worst:.1f} of 255 about ({x}, {y})"


def blocks(a: bytes, b: bytes, width: int, channels: int) -> Iterator[tuple[float, int, int]]:
    """Of each square of BLOCK_PX: by how much two pictures differ in it on average, and its upper left pixel."""
    stride, wide = width * channels, BLOCK_PX * channels
    for top in range(0, len(a), stride * BLOCK_PX):
        rows = range(top, min(top + stride * BLOCK_PX, len(a)), stride)
        apart = [[abs(x - y) for x, y in zip(a[r : r + stride], b[r : r + stride], strict=True)] for r in rows]
        for left in range(0, stride, wide):
            parts = [row[left : left + wide] for row in apart]
            yield sum(map(sum, parts)) / sum(map(len, parts)), left // channels, top // stride
