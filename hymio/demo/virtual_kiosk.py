"""A page for each simulated kiosk: press a face, see the firmware's own lights answer and the tap arrive.

Only the demo has these routes. A press here is a level on the simulated board's pin and nothing else.
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import HTMLResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel
from sqlalchemy import Engine, func, select

from collector.tables import journal_mark
from firmware.tools.simulated_kiosk import Lights, SimulatedKiosk
from hymio.demo.places import PLACES, UNITS

HERE = Path(__file__).parent
MARK_POLL_S = 0.1
"""How often the store is asked for the kiosk's mark while its page is open."""
"""Words of the demo's own pages by language; the product's words are in the dashboard's catalogues."""


def address(kiosk: str) -> str:
    """The path of one kiosk's page."""
    return f"/demo/kiosks/{kiosk}"


class Finger(BaseModel):
    """A finger on a face, or off it."""

    down: bool
