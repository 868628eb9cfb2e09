"""What counts as the same file when it is made again, and what does not."""

import struct
import zipfile
import zlib

import pytest

from hardware import facets, pixels
from hardware.likeness import difference

CORNERS = [(0, 0, 0), (10, 0, 0), (0, 10, 0), (0, 0, 10)]
SIDES = [(0, 2, 1), (0, 1, 3), (0, 3, 2), (1, 2, 3)]


def stl(scale=1.0, turn=0, order=SIDES):
    """A tetrahedron of 10 × 10 × 10 mm as a binary STL."""
    data = b"any name".ljust(80) + struct.pack("<I", len(order))
    for side in order:
        corners = [CORNERS[side[(i + turn) % 3]] for i in range(3)]
        data += struct.pack("<12fH", 0, 0, 0, *(scale * value for corner in corners for value in corner), 0)
    return data


def png(rows, kind=0, palette=None):
    """Rows as a PNG, all under one filter that is given as it stands: of grey, or of places in a palette."""
    head = struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, 3 if palette else 0, 0, 0, 0)
    packed = zlib.compress(b"".join(bytes([kind, *row]) for row in rows))
    chunks = [(b"IHDR", head), (b"PLTE", palette or b""), (b"IDAT", packed), (b"IEND", b"")]
    return pixels.SIGNATURE + b"".join(struct.pack(">I4s", len(d), k) + d + bytes(4) for k, d in chunks)


def pdf(date, shown):
    packed = zlib.compress(shown, level=len(date) % 9 + 1)
    return b"%%PDF-1.5\n1 0 obj << /Length %d >>\nstream\n%s\nendstream /CreationDate (D:%s)" % (
        len(packed),
        packed,
        date,
    )


@pytest.fixture
def differ(tmp_path):
    def of(suffix, one, other):
        paths = [tmp_path / f"{name}{suffix}" for name in ("one", "other")]
        for path, data in zip(paths, (one, other), strict=True):
            path.write_bytes(data)
        return difference(*paths)

    return of


def test_a_body_is_known_by_its_volume_and_bounds():
    body = facets.body(facets.read(stl()))
    assert body.volume_mm3 == pytest.approx(1000 / 6)
    assert (body.low, body.high) == ((0, 0, 0), (10, 10, 10))


def test_facets_in_another_order_are_the_same_body(differ):
    assert differ(".stl", stl(), stl(turn=1, order=SIDES[::-1])) is None


@pytest.mark.parametrize(
    ("other", "said"), [(stl(1.01), "volume"), (stl(order=[(0, 2, 1), (0, 1, 3), (0, 3, 2), (1, 3, 2)]), "volume")]
)
def test_another_body_is_told(differ, other, said):
    assert said in differ(".stl", stl(), other)


def test_a_body_cut_otherwise_is_told(differ):
    middle = (5, 5, 0)
    halves = [*facets.read(stl())[1:], ((0, 0, 0), middle, (10, 0, 0)), ((0, 0, 0), (0, 10, 0), middle)]
    data = b"".ljust(80) + struct.pack("<I", len(halves))
    for facet in halves:
        data += struct.pack("<12fH", 0, 0, 0, *(value for corner in facet for value in corner), 0)
    assert differ(".stl", stl(), data) == "other facets (4 and 5)"


def test_an_stl_that_is_cut_short_is_refused():
    with pytest.raises(ValueError):
        facets.read(stl()[:-1])


def test_text_of_another_day_is_the_same(differ):
    assert differ(".gbr", b"G04 2026-01-02T03:04:05+02:00*\nD10*", b"G04 2027-11-12 13:14:15*\r\nD10*") is None
    assert "line 2" in differ(".gbr", b"G04 2026-01-02*\nD10*", b"G04 2026-01-02*\nD11*")


def test_a_price_of_another_day_is_another(differ):
    assert differ(".csv", b"6.00,USD,2022-06-30", b"6.00,USD,2023-06-30")


def test_a_solid_of_another_day_is_the_same(differ):
    def step(date, size):
        return b"HEADER;FILE_NAME('a','%s');ENDSEC;DATA;#1=LINE(%s);ENDSEC;" % (date, size)

    assert differ(".step", step(b"2026-01-02T03:04:05", b"1."), step(b"now", b"1.")) is None
    assert differ(".step", step(b"now", b"1."), step(b"now", b"2."))


def test_a_coloured_solid_whose_colours_come_in_another_order_is_the_same(differ):
    def step(*entities):
        return b"DATA;#1=POINT(0.,1.);" + b"".join(entities) + b"ENDSEC;"

    one, other = b"#%d=STYLED_ITEM('red',#1);", b"#%d=STYLED_ITEM('green',#1);"
    assert differ(".step", step(one % 2, other % 3), step(other % 2, one % 3)) is None
    assert differ(".step", step(one % 2, other % 3), step(one % 2, one % 3))
    assert differ(".step", step(one % 2, other % 3), step(one % 2, other % 3).replace(b"1.)", b"2.)"))


def test_a_boards_identities_are_known_by_their_place(differ):
    a, b, c = (b"%d%s" % (n, b"1234567-89ab-4cde-8f01-23456789abcd") for n in (1, 2, 3))
    assert differ(".kicad_pcb", b'(uuid "%s") (of "%s")' % (a, a), b'(uuid "%s") (of "%s")' % (b, b)) is None
    assert differ(".kicad_pcb", b'(uuid "%s") (of "%s")' % (a, a), b'(uuid "%s") (of "%s")' % (b, c))


def test_a_pdf_is_what_its_streams_hold(differ):
    assert differ(".pdf", pdf(b"20260102030405Z", b"0 0 m" * 9), pdf(b"20270102030405+02'00'", b"0 0 m" * 9)) is None
    assert differ(".pdf", pdf(b"20260102030405Z", b"0 0 m" * 9), pdf(b"20260102030405Z", b"0 1 m" * 9))


def test_an_archive_is_its_members(differ, tmp_path):
    def archive(name, date, text):
        with zipfile.ZipFile(tmp_path / name, "w") as it:
            it.writestr(zipfile.ZipInfo("top.gbr", date_time=date), text)
        return (tmp_path / name).read_bytes()

    one = archive("a", (2026, 1, 2, 3, 4, 6), "D10*")
    assert differ(".zip", one, archive("b", (2027, 1, 2, 3, 4, 6), "D10*")) is None
    assert differ(".zip", one, archive("c", (2026, 1, 2, 3, 4, 6), "D11*")) == "other members: top.gbr"


@pytest.mark.parametrize(
    ("kind", "rows"),
    [
        (0, [[10, 20, 40], [11, 22, 44]]),
        (1, [[10, 10, 20], [11, 11, 22]]),
        (2, [[10, 20, 40], [1, 2, 4]]),
        (3, [[10, 15, 30], [6, 7, 13]]),
        (4, [[10, 10, 20], [1, 2, 4]]),
    ],
)
def test_every_filter_of_a_png_is_undone(kind, rows):
    assert pixels.read(png(rows, kind)) == (3, 2, 1, bytes([10, 20, 40, 11, 22, 44]))


def test_colours_are_compared_and_not_their_places_in_a_palette(differ):
    red, blue = bytes([200, 0, 0]), bytes([0, 0, 200])
    one = png([[0, 1, 1]] * 3, palette=red + blue)
    assert pixels.read(one) == (3, 3, 3, (red + blue + blue) * 3)
    assert differ(".png", one, png([[1, 0, 0]] * 3, palette=blue + red)) is None
    assert differ(".png", one, png([[0, 1, 1]] * 3, palette=blue + red))


def test_a_picture_may_differ_by_a_shade_and_no_more(differ):
    plain = [[100] * 20] * 20
    shade = [[100] * 19 + [104], *plain[1:]]
    assert differ(".png", png(plain), png(shade)) is None
    assert "pixels that differ" in differ(".png", png(plain), png([[103] * 20] * 20))
    assert differ(".png", png(plain), png(plain[1:])) == "20 × 20 and 20 × 19 pixels"


def test_a_word_that_moved_in_a_large_picture_is_told(differ):
    plain = [[255] * 400 for _ in range(300)]

    def word(left):
        rows = [list(row) for row in plain]
        for y in range(150, 160):
            rows[y][left : left + 2] = rows[y][left + 6 : left + 8] = [0, 0]
        return png(rows)

    assert differ(".png", word(100), word(100)) is None
    assert differ(".png", word(100), word(103)) == "pixels that differ by 79.7 of 255 about (96, 144)"
    assert differ(".png", word(100), png(plain))
