"""kicad/hymio.kicad_sch: a strip for each face, the Pico, the clamp, the supply.

``python -m hardware.electronics.carrier.schematic`` writes it, among KiCad's libraries. Which pins a wire joins is
drawn here; a test asks KiCad's netlist whether that is what ``parts.py`` says."""

from pathlib import Path

from board import pins

from hardware.electronics.carrier import circuit, words
from hardware.electronics.carrier.drafting import ROOT, Sheet, g
from hardware.electronics.carrier.expression import Text, write

FILE = Path(__file__).with_name("kicad") / "hymio.kicad_sch"
FACE_WORDS = {1: "very unhappy", 2: "unhappy", 3: "happy", 4: "very happy"}
BESIDE = (0.0, -5.08)  # a name over a part that lies


def face(sheet: Sheet, n: int) -> None:
    """From the plug to the right: the contact's line above, the lamp's below."""
    x, y = 37, 35 + 33 * (n - 1)
    sheet.put(f"J{n}", g(x, y), mirror=True, name=(-3.81, -1.27))
    strokes, circles = words.face(n, *g(x - 15.5, y), 11.5)
    top = g(0, y)[1]
    for points, width, filled in strokes:
        sheet.stroke([(px, 2 * top - py) for px, py in points], width, filled)
    for (px, py), radius, filled in circles:
        sheet.circle((px, 2 * top - py), radius, 0.5 if not filled else 0.1, filled)
    sheet.write(FACE_WORDS[n], g(x - 20, y + 8), 1.6)
    button, lamp = y - 6, y + 6
    sheet.wire(g(x + 4, y - 2), g(x + 8, y - 2), g(x + 8, button), g(x + 29, button))
    sheet.label(f"BUTTON{n}", g(x + 11, button))
    sheet.wire(g(x + 4, y), g(x + 10, y))
    sheet.power("GND", g(x + 10, y), 90)
    sheet.wire(g(x + 4, y + 2), g(x + 14, y + 2))
    sheet.power("VSYS", g(x + 14, y + 2), 270)
    sheet.wire(g(x + 4, y + 4), g(x + 8, y + 4), g(x + 8, lamp), g(x + 29, lamp))
    sheet.label(f"LAMP{n}", g(x + 11, lamp))
    contact(sheet, n, x, button)
    light(sheet, n, x, lamp)


def contact(sheet: Sheet, n: int, x: int, y: int) -> None:
    sheet.put(f"R{n}", g(x + 32, y), turn=90, name=BESIDE)
    sheet.wire(g(x + 35, y), g(x + 42, y), g(x + 54, y))
    sheet.dot(g(x + 42, y))
    sheet.put(f"C{n}", g(x + 42, y + 3), name=(3.0, -1.0))
    sheet.power("GND", g(x + 42, y + 6))
    sheet.tag(f"CONTACT{n}", g(x + 54, y), shape="output")


def light(sheet: Sheet, n: int, x: int, y: int) -> None:
    sheet.put(f"R{n + 8}", g(x + 32, y), turn=90, name=(0.0, 3.3))
    sheet.wire(g(x + 35, y), g(x + 47, y))
    sheet.label(f"COLLECTOR{n}", g(x + 37, y))
    sheet.put(f"Q{n}", g(x + 49, y + 4), mirror=True, name=(-5.5, -0.6))
    sheet.power("GND", g(x + 47, y + 8))
    sheet.wire(g(x + 53, y + 4), g(x + 61, y + 4))
    sheet.label(f"BASE{n}", g(x + 54, y + 4))
    sheet.put(f"R{n + 4}", g(x + 64, y + 4), turn=270, name=BESIDE)
    sheet.wire(g(x + 67, y + 4), g(x + 72, y + 4))
    sheet.tag(f"LIGHT{n}", g(x + 72, y + 4))


def pico(sheet: Sheet) -> None:
    x, y = 164, 72
    sheet.put("A1", g(x, y), name=(17.0, -39.0))
    a1 = sheet.parts["A1"].nets
    sheet.wire(g(x - 4, y - 30), g(x - 4, y - 32))
    sheet.power("VSYS", g(x - 4, y - 32))
    sheet.power("GND", g(x, y + 28))
    sheet.power("GND", g(x + 18, y + 18), 90)
    for number, net in a1.items():
        at = sheet.ends["A1", number]
        if net in ("VSYS", "GND"):
            continue
        end = (round(at[0] - 5.08, 3), at[1])
        sheet.wire(at, end)
        sheet.tag(net, end, 180, "output" if net.startswith("LIGHT") else "input")
    sheet.unused("A1")


def clamp(sheet: Sheet) -> None:
    x, y = 154, 148
    sheet.put("U2", g(x, y), name=(11.0, -1.27))
    for n in pins.FACES:
        pad = next(pad for pad, net in sheet.parts["U2"].nets.items() if net == f"BUTTON{n}")
        at = sheet.ends["U2", pad]
        end = (at[0], round(at[1] - 2.54, 3))
        sheet.wire(at, end)
        sheet.label(f"BUTTON{n}", end, 90)
    sheet.power("GND", sheet.ends["U2", "2"])


def supply(sheet: Sheet) -> None:
    x, rail = 37, 179
    low = rail + 6  # the buffer's line
    sheet.put("J5", g(x, rail), mirror=True, name=(-3.81, -0.6))
    sheet.wire(g(x + 4, rail), g(x + 17, rail))
    sheet.label("BATTERY", g(x + 7, rail))
    sheet.wire(g(x + 4, rail + 2), g(x + 7, rail + 2))
    sheet.power("GND", g(x + 7, rail + 2), 90)
    sheet.put("F1", g(x + 20, rail), turn=90, name=BESIDE)
    sheet.wire(g(x + 23, rail), g(x + 33, rail))
    sheet.label("FUSED", g(x + 25, rail))
    sheet.put("D2", g(x + 36, rail), turn=180, name=BESIDE)
    sheet.wire(*(g(at, rail) for at in (x + 39, x + 46, x + 52, x + 62, x + 102, x + 120)))
    sheet.power("VSYS", g(x + 46, rail))
    for at in (x + 46, x + 52, x + 62, x + 102):
        sheet.dot(g(at, rail))
    sheet.put("R13", g(x + 52, rail + 3), name=(-2.54, -1.27))
    sheet.put("D3", g(x + 62, rail + 3), turn=270, name=(2.54, -1.27))
    sheet.wire(*(g(at, low) for at in (x + 52, x + 62, x + 80, x + 91)))
    sheet.dot(g(x + 62, low))
    sheet.dot(g(x + 80, low))
    sheet.label("BUFFER", g(x + 71, low))
    for ref, at in (("C5", x + 80), ("C6", x + 91)):
        sheet.put(ref, g(at, low + 3), name=(3.0, -1.27))
        sheet.power("GND", g(at, low + 6))
    sheet.put("C7", g(x + 102, rail + 3), name=(3.0, -1.27))
    sheet.power("GND", g(x + 102, rail + 6))
    sheet.put("U1", g(x + 120, rail + 8), name=(5.7, -8.9))
    sheet.power("GND", g(x + 120, rail + 16))
    sheet.wire(g(x + 126, rail + 8), g(x + 130, rail + 8))
    sheet.tag("RUN", g(x + 130, rail + 8), shape="output")


def flags(sheet: Sheet) -> None:
    """What KiCad's check cannot know: that the supply comes from a plug or through a diode."""
    sheet.write("for KiCad's check: these are supplied from outside", g(66, 199), 1.6)
    for net, x in (("VSYS", 44), ("BATTERY", 54)):
        at = g(x, 197)
        sheet.power("PWR_FLAG", at)
        if net == "VSYS":
            sheet.power("VSYS", at, 180)
        else:
            sheet.wire(at, g(x, 199), g(x + 2, 199))
            sheet.label(net, g(x + 2, 199))


def bare(sheet: Sheet) -> None:
    y = 174
    for n, (ref, net) in enumerate(circuit.POINTS.items()):
        x = 204 + 16 * n
        sheet.put(ref, g(x, y), name=(2.54, -3.4))
        if net in ("VSYS", "GND"):
            sheet.wire(g(x, y), g(x, y + 3))
            sheet.power(net, g(x, y + 3), 0 if net == "GND" else 180)
        else:
            end = g(x + 2, y + 4)
            sheet.wire(g(x, y), g(x, y + 4), end)
            if net == "RUN":
                sheet.tag(net, end)
            else:
                sheet.label(net, end)
    for n, ref in enumerate(circuit.HOLES):
        sheet.put(ref, g(206 + 12 * n, 190), name=(2.9, -0.9))
    for n, ref in enumerate(circuit.MARKS):
        sheet.put(ref, g(256 + 14 * n, 190), name=(2.9, -0.9))


NOTES = """Parts, values and nets are those of hardware/electronics/parts.py,
GPIOs those of the firmware's board/pins.py.

A button closes its line to ground; the pull-up is the Pico's own.
Its wire meets the clamp U2 first, then 1 kOhm, then 10 nF at the
Pico's pin: what is shorter than 3 ms is no press.

A lamp hangs between VSYS and its transistor.
While the Pico is in reset all four are dark.

The battery reaches VSYS through D2, USB through a diode on the
Pico, the higher one. Nothing charges in the box while D2 blocks.

R13 charges the buffer slowly, D3 gives it back at once.
Below 2.93 V U1 holds the Pico in reset: what is left in the
buffer outlasts the longest erase of the flash, as simulated.

GP16 to GP21 stay free: a W5500-EVB-Pico in the same sockets
uses them for its cable. It takes 4.3 V and more: USB alone, no
cells, and MCP121-315E/TO as U1 (hardware/electronics/README.md).
"""
NETS = {
    "BUTTON": "a button's wire, as it comes from outside",
    "CONTACT": "the same behind its resistor and filter, at the Pico",
    "LIGHT": "what the Pico says to a transistor",
    "LAMP": "the lamp's minus, which the transistor pulls down",
    "VSYS": "the Pico's supply, and the lamps'",
    "BUFFER": "plus of the two large capacitors",
    "RUN": "low: the Pico is in reset",
}
PLUG = {
    "B": "BUTTON, the contact",
    "G": "GND, the contact's other side",
    "V": "VSYS, the lamp's plus",
    "L": "LAMP, the lamp's minus",
}


def titles(sheet: Sheet) -> None:
    sheet.frame(g(14, 17), g(116, 160))
    sheet.write("Four faces, left to right as a visitor sees them", g(16, 21.5), 2.4, True)
    sheet.frame(g(14, 163), g(182, 208))
    sheet.write("Supply: battery beside USB, buffer, supervisor", g(16, 167.5), 2.4, True)
    sheet.frame(g(120, 17), g(206, 120))
    sheet.write("Pico W, Pico 2 W or W5500-EVB-Pico, in sockets", g(122, 21.5), 2.4, True)
    sheet.frame(g(120, 123), g(206, 160))
    sheet.write("Clamp, at the edge between the plugs", g(122, 127.5), 2.4, True)
    sheet.frame(g(210, 17), g(316, 160))
    sheet.write("How it works", g(212, 21.5), 2.4, True)
    sheet.write(NOTES.replace("\n", "\\n"), g(212, 76), 2.1)
    for n, (net, words_) in enumerate(NETS.items()):
        sheet.write(net, g(212, 90 + 4.2 * n), 2.1, True)
        sheet.write(words_, g(227, 90 + 4.2 * n), 2.1)
    sheet.write("A plug's pins, and the letters beside them", g(212, 127), 2.1, True)
    for n, (letter, words_) in enumerate(PLUG.items()):
        sheet.write(f"{n + 1}   {letter}", g(212, 132 + 4.2 * n), 2.1, True)
        sheet.write(words_, g(227, 132 + 4.2 * n), 2.1)
    sheet.frame(g(186, 163), g(316, 197))
    sheet.write("To measure at, to screw down, to place by machine", g(188, 167.5), 2.4, True)


def drawing() -> list:
    sheet = Sheet(circuit.parts())
    for n in pins.FACES:
        face(sheet, n)
    pico(sheet)
    clamp(sheet)
    supply(sheet)
    flags(sheet)
    bare(sheet)
    titles(sheet)
    return [
        "kicad_sch", ["version", "20250114"], ["generator", Text("hymio")], ["generator_version", Text("9.0")],
        ["uuid", ROOT], ["paper", Text("A3")],
        ["title_block", ["title", Text("hymio carrier board")], ["rev", Text(words.VERSION)],
         ["company", Text("hymio")], ["comment", "1", Text("CERN-OHL-P-2.0")]],
        ["lib_symbols", *sheet.symbols.values()], *sheet.items,
        ["sheet_instances", ["path", Text("/"), ["page", Text("1")]]],
    ]  # fmt: skip


if __name__ == "__main__":
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(write(drawing()) + "\n", encoding="utf-8")
