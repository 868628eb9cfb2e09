"""A page for each simulated kiosk: press a face, see the firmware's own lights answer and the tap arrive.

Only the demo has these routes. A press here is a level on the simulated board's pin and nothing else.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import HTMLResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel
from sqlalchemy import Engine, select

from collector.policy import Verdict
from collector.tables import journal_mark, tap
from firmware.tools.simulated_kiosk import Lights, SimulatedKiosk
from hymio.demo.places import PLACES, Place
from hymio.demo.words import FACES, WORDS

HERE = Path(__file__).parent
STORE_POLL_S = 0.1
"""How often the store is asked for the kiosk's newest tap while its page is open."""

_PLACE = {place.kiosk: place for place in PLACES}


def address(kiosk: str) -> str:
    """The path of one kiosk's page."""
    return f"/demo/kiosks/{kiosk}"


class Finger(BaseModel):
    """A finger on a face, or off it."""

    down: bool


@dataclass(frozen=True)
class Settled:
    """The newest tap of a kiosk that the policy has decided on."""

    seq: int
    face: int
    verdict: str


def add_to(app: FastAPI, engine: Engine, kiosks: dict[str, SimulatedKiosk]) -> None:
    """Mount the virtual kiosks' pages on the dashboard's application."""
    app.mount("/demo/static", StaticFiles(directory=HERE / "static"), name="demo-static")
    render = app.state.render

    def one(kiosk: str) -> SimulatedKiosk:
        if kiosk not in kiosks:
            raise HTTPException(404, f"no kiosk {kiosk}; there are {', '.join(sorted(kiosks))}")
        return kiosks[kiosk]

    @app.get("/demo/kiosks", response_class=HTMLResponse, include_in_schema=False)
    def list_kiosks(request: Request) -> Any:
        return render(request, "kiosks.html", places=PLACES, words=WORDS, address=address)

    @app.get("/demo/kiosks/{kiosk}", response_class=HTMLResponse, include_in_schema=False)
    def show_kiosk(request: Request, kiosk: str) -> Any:
        one(kiosk)
        place: Place = _PLACE[kiosk]
        return render(request, "kiosk.html", place=place, words=WORDS, faces=FACES)

    @app.post("/demo/kiosks/{kiosk}/faces/{face}", status_code=204, include_in_schema=False)
    def touch_face(kiosk: str, face: int, finger: Finger) -> None:
        if face not in (1, 2, 3, 4):
            raise HTTPException(422, f"face is {face}; it must be 1 to 4")
        one(kiosk).set_face(face, finger.down)

    @app.get("/demo/kiosks/{kiosk}/live", response_class=EventSourceResponse, include_in_schema=False)
    async def watch_kiosk(kiosk: str) -> AsyncIterator[ServerSentEvent]:
        async for event in _events(one(kiosk), engine, app.state.closing):
            yield event


async def _events(kiosk: SimulatedKiosk, engine: Engine, closing: asyncio.Event) -> AsyncIterator[ServerSentEvent]:
    """``lights`` at each change of a light, ``tap`` at each tap the store has settled, until the service closes."""
    queue: asyncio.Queue[Lights] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    unwatch = kiosk.watch(lambda lights: loop.call_soon_threadsafe(queue.put_nowait, lights))
    settled = await asyncio.to_thread(newest, engine, kiosk.name)
    try:
        yield ServerSentEvent(event="lights", data=kiosk.lights)
        while not closing.is_set():
            try:
                yield ServerSentEvent(event="lights", data=await asyncio.wait_for(queue.get(), STORE_POLL_S))
            except TimeoutError:
                now = await asyncio.to_thread(newest, engine, kiosk.name)
                if now is not None and now != settled:
                    settled = now
                    yield ServerSentEvent(event="tap", data={"seq": now.seq, "face": now.face, "verdict": now.verdict})
    finally:
        unwatch()


def newest(engine: Engine, kiosk: str) -> Settled | None:
    """The tap at the mark of the kiosk's newest journal, if it has one."""
    question = (
        select(tap.c.seq, tap.c.face, tap.c.verdict)
        .join(journal_mark, (journal_mark.c.id == tap.c.journal_id) & (journal_mark.c.mark == tap.c.seq))
        .where(journal_mark.c.kiosk == kiosk)
        .order_by(journal_mark.c.id.desc())
        .limit(1)
    )
    with engine.connect() as connection:
        row = connection.execute(question).first()
    if row is None or row.verdict is None:
        return None
    return Settled(row.seq, row.face, Verdict(row.verdict).name.lower())
