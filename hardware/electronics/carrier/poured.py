"""Pours the grounds of the board in place, by KiCad itself.

``python -m hardware.electronics.carrier.poured``, in its Debian."""

from pathlib import Path

import pcbnew  # type: ignore[import-not-found]

if __name__ == "__main__":
    file = str(Path(__file__).with_name("kicad") / "hymio.kicad_pcb")
    board = pcbnew.LoadBoard(file)
    pcbnew.ZONE_FILLER(board).Fill(board.Zones())
    pcbnew.SaveBoard(file, board)
