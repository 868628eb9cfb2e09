"""Light, materials and the camera: a picture of solids by a path tracer, without a display.

The grain that few samples leave is taken out by Open Image Denoise."""

import math
import tempfile
from pathlib import Path
from typing import Any

import mitsuba
import mitsuba_oidn
import numpy
from PIL import Image

from hardware.enclosure import drawn, export, mount
from hardware.enclosure.assembly import Piece
from hardware.enclosure.parameters import CARD_DEEP_MM, LEAN_DEG
from hardware.enclosure.scene import LEANING, ON_ITS_BACK, ON_ITS_FACE, UPRIGHT, Shot

mitsuba.set_variant("scalar_rgb")

BOUNCES = 5
VIEW_DEG = 24.0  # across the picture: a long lens, which keeps parallels nearly parallel
MARGIN = 0.1  # of half the picture, on each side
TOLERANCE_MM, ANGLE_RAD = 0.05, 0.1  # of triangles that are looked at, not printed
ABOVE_MM = 0.05  # the box stands over the floor by this, so that no surface is there twice

SKY = [0.58, 0.61, 0.65]  # light from all around, a little blue
KEY = (
    [-900.0, -700.0, 1100.0],
    280.0,
    [11.0, 10.5, 9.8],
)  # a window to the left: where, half its side in mm, how bright
CARD = Path(__file__).with_name("card.png")  # of signs/out/card-fi-sv-en.svg, beside this file while pictures are made
CARD_MM = (210.0, 148.0)  # A5 across
EXPOSURE, KNEE = 1.2, 0.75
TURN_DEG = {UPRIGHT: 90.0, LEANING: 90.0 - LEAN_DEG, ON_ITS_FACE: 180.0, ON_ITS_BACK: 0.0}

COLOURS = {
    "case": "#f4f2ec",
    "mount": "#454c57",
    "black": "#1b1d21",
    "lamp": "#ffffff",
    "board": "#1d5b3b",
    "pico": "#2f7a4a",
    "carrier": "#1f4fa3",
    "cell": "#b98a3a",
    "pole": "#2b2f36",
    "card": "#ffffff",
    "floor": "#dfe3e1",
}


def linear(colour: str) -> list[float]:
    """Of #rrggbb the three light intensities, by sRGB's curve (IEC 61966-2-1)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    return [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]


def material(look: str) -> dict[str, Any]:
    """Of a look by name, or of a colour #rrggbb."""
    if look == "steel":
        return {"type": "roughconductor", "material": "Cr", "alpha": 0.25}
    kind, _, face = look.partition("-")
    drawing = drawn.drawings()[int(face)] if face else None
    colour = COLOURS.get(look, look) if drawing is None else drawing.ink if kind == "ink" else drawing.colour
    reflectance = {"type": "rgb", "value": linear(colour)}
    return {"type": "roughplastic", "diffuse_reflectance": reflectance, "alpha": 0.28, "int_ior": 1.4}


def turned(triangles: Any, lies: str) -> Any:
    """From the frame of the box into the room (x right, y away, z up): a turn about x."""
    angle = math.radians(TURN_DEG[lies])
    x, y, z = numpy.moveaxis(triangles, -1, 0)
    rows = (x, y * math.cos(angle) - z * math.sin(angle), y * math.sin(angle) + z * math.cos(angle))
    return numpy.stack(rows, axis=-1)


class Stage:
    """Solids of pieces, drawn once and shown in many pictures."""

    def __init__(self) -> None:
        self.triangles: dict[str, Any] = {}

    def mesh(self, piece: Any) -> Any:
        """The triangles of a piece in the frame of the box: an array of shape (triangles, 3, 3), in mm."""
        if piece.name not in self.triangles:
            rows = export.facets(piece.make(), TOLERANCE_MM, ANGLE_RAD)
            self.triangles[piece.name] = numpy.array(rows, dtype=numpy.float32)
        return self.triangles[piece.name]

    def placed(self, shot: Shot) -> list[tuple[Piece, Any]]:
        """``(piece, its triangles in the room)`` of each piece of a picture."""
        moved = [(piece, self.mesh(piece) + numpy.float32(shot.offset(piece))) for piece in shot.pieces]
        return [(piece, turned(triangles, shot.lies)) for piece, triangles in moved]


def ply(triangles: Any, path: Path) -> str:
    """Writes triangles for the tracer, and returns the path."""
    corners = triangles.reshape(-1, 3).astype("<f4")
    indices = numpy.arange(len(corners), dtype="<i4").reshape(-1, 3)
    rows = numpy.empty(len(indices), dtype=[("n", "u1"), ("i", "<i4", 3)])
    rows["n"], rows["i"] = 3, indices
    head = (
        f"ply\nformat binary_little_endian 1.0\nelement vertex {len(corners)}\nproperty float x\nproperty float y\n"
        f"property float z\nelement face {len(indices)}\nproperty list uchar int vertex_indices\nend_header\n"
    )
    path.write_bytes(head.encode() + corners.tobytes() + rows.tobytes())
    return str(path)


def ground(shot: Shot, low_mm: float) -> dict[str, Any]:
    """The floor under what is shown, or the wall behind it."""
    place = mitsuba.ScalarTransform4f()
    if shot.wall_mm is not None:
        place = place.translate([0, shot.wall_mm, 0]).rotate([1, 0, 0], 90)
    else:
        place = place.translate([0, 0, low_mm - ABOVE_MM])
    paper = {"type": "diffuse", "reflectance": {"type": "rgb", "value": linear(COLOURS["floor"])}}
    return {"type": "rectangle", "to_world": place.scale(20_000), "bsdf": paper}


def lamp(eye: list[float], size_mm: float, radiance: list[float]) -> dict[str, Any]:
    place = mitsuba.ScalarTransform4f().look_at(origin=eye, target=[0, 0, 0], up=[0, 0, 1]).scale(size_mm)
    light = {"type": "area", "radiance": {"type": "rgb", "value": radiance}}
    return {"type": "rectangle", "to_world": place, "emitter": light}


def camera(shot: Shot, points: Any) -> dict[str, Any]:
    """From the shot's direction, as near as leaves a margin round all points, an array of shape (n, 3)."""
    back = numpy.array(shot.eye) / numpy.linalg.norm(shot.eye)
    right = numpy.cross([0.0, 0.0, 1.0], back)
    right /= numpy.linalg.norm(right)
    up = numpy.cross(back, right)
    wide, high = shot.size_px
    slope = math.tan(math.radians(VIEW_DEG / 2)) * (1 - MARGIN)
    target, far = points.mean(axis=0), 1000.0
    for _ in range(8):
        seen = points - target
        depth = far - seen @ back
        across, upwards = (seen @ right) / depth, (seen @ up) / depth
        target = target + far * (right * middle(across) + up * middle(upwards))
        far *= max(spread(across) / slope, spread(upwards) / slope * wide / high)
    eye = target + far * back
    place = mitsuba.ScalarTransform4f().look_at(origin=list(eye), target=list(target), up=[0, 0, 1])
    film = {"type": "hdrfilm", "width": wide, "height": high, "rfilter": {"type": "box"}, "pixel_format": "rgb"}
    sampler = {"type": "independent", "sample_count": shot.samples}
    return {"type": "perspective", "fov": VIEW_DEG, "to_world": place, "film": film, "sampler": sampler}


def middle(values: Any) -> float:
    return float(values.max() + values.min()) / 2


def spread(values: Any) -> float:
    """Half of how far values are apart."""
    return float(values.max() - values.min()) / 2


def card_corners(lies: str) -> Any:
    """Lower left, lower right and upper left corner of the card in the mount's slot, in the room."""
    wide, high = CARD_MM
    low, z = mount.PLATE_TOP_MM - CARD_DEEP_MM, mount.behind(sum(mount.PLATE_S_MM) / 2)
    corners = [(-wide / 2, low, z), (wide / 2, low, z), (-wide / 2, low + high, z)]
    return turned(numpy.array(corners, dtype=numpy.float32), lies)


def card(lies: str) -> dict[str, Any]:
    left, right, upper = card_corners(lies).astype(float)
    along, down = (right - left) / 2, (left - upper) / 2  # pictures begin at the top
    columns = (along, down, numpy.cross(along, down) / numpy.linalg.norm(along), (right + upper) / 2)
    place = numpy.eye(4)
    place[:3, :] = numpy.stack(columns, axis=1)
    print_ = {"type": "bitmap", "filename": str(CARD)}
    bsdf = {"type": "twosided", "bsdf": {"type": "diffuse", "reflectance": print_}}
    return {"type": "rectangle", "to_world": mitsuba.ScalarTransform4f(place), "bsdf": bsdf}


def scene(shot: Shot, placed: list[tuple[Piece, Any]], folder: Path) -> dict[str, Any]:
    low = min(float(triangles[..., 2].min()) for _, triangles in placed)
    points = [triangles.reshape(-1, 3) for piece, triangles in placed if piece.name != shot.runs_out]
    if shot.card:
        points.append(card_corners(shot.lies))
    layers = {"type": "path", "max_depth": BOUNCES}
    things: dict[str, Any] = {
        "type": "scene",
        "integrator": {"type": "aov", "aovs": "albedo:albedo,normal:sh_normal", "image": layers},
        "sensor": camera(shot, numpy.concatenate(points)),
        "sky": {"type": "constant", "radiance": {"type": "rgb", "value": SKY}},
        "key": lamp(*KEY),
        "ground": ground(shot, low),
    }
    if shot.card:
        things["card"] = card(shot.lies)
    for i, (piece, triangles) in enumerate(placed):
        file = ply(triangles, folder / f"{i}.ply")
        things[f"piece{i}"] = {"type": "ply", "filename": file, "face_normals": True, "bsdf": material(piece.look)}
    return things


def shades(light: Any) -> Any:
    """Of light the bytes of an sRGB picture, its brightest parts rounded off instead of cut."""
    light = numpy.clip(light, 0, None) * EXPOSURE
    light = numpy.where(light > KNEE, KNEE + (1 - KNEE) * numpy.tanh((light - KNEE) / (1 - KNEE)), light)
    curve = numpy.where(light <= 0.0031308, 12.92 * light, 1.055 * numpy.maximum(light, 1e-6) ** (1 / 2.4) - 0.055)
    return (curve * 255 + 0.5).astype(numpy.uint8)


def paint(stage: Stage, shot: Shot, path: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        loaded = mitsuba.load_dict(scene(shot, stage.placed(shot), Path(folder)))
        layers = numpy.array(mitsuba.render(loaded, seed=1), dtype=numpy.float32)
    colour, albedo, normal = (numpy.ascontiguousarray(layers[..., i : i + 3]) for i in (0, 3, 6))
    clean = numpy.array(mitsuba_oidn.denoise(colour, albedo, normal, hdr=True))
    Image.fromarray(shades(clean)).save(path, optimize=True)
