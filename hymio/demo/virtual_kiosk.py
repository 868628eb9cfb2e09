"""A page for each simulated kiosk: press a face, see the firmware's own lights answer and the tap arrive.

Only the demo has these routes. A press here is a level on the simulated board's pin and nothing else.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter, FastAPI, HTTPException, Request, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel
from sqlalchemy import Engine, select

from collector.database.tables import journal_mark, tap
from collector.verdict.policy import Verdict
from dashboard.live import Live
from dashboard.pages import Fragments
from dashboard.rendering import Rendering
from firmware.tools.simulated_kiosk import Lights, SimulatedKiosk
from hymio.demo.places import PLACES, QUESTION, UNITS

HERE = Path(__file__).parent
STORE_POLL_S = 0.1
"""How often the store is asked for the kiosk's newest tap while its page is open."""

_PLACE = {place.kiosk: place for place in PLACES}
_UNIT_NAMES = {slug: names for slug, names, _ in UNITS}


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
    rendering: Rendering = app.state.rendering
    rendering.add_folder(HERE / "templates")
    rendering.add_catalogues(HERE / "locale", "demo")
    fragments = Fragments(rendering)
    routes = APIRouter(include_in_schema=False)

    def one(kiosk: str) -> SimulatedKiosk:
        if kiosk not in kiosks:
            raise HTTPException(404, f"no kiosk {kiosk}; there are {', '.join(sorted(kiosks))}")
        return kiosks[kiosk]

    @routes.get("/demo/kiosks")
    def list_kiosks(request: Request) -> Response:
        return rendering.answer(request, "kiosks.html", places=PLACES, unit_names=_UNIT_NAMES, address=address)

    @routes.get("/demo/kiosks/{kiosk}")
    def show_kiosk(request: Request, kiosk: str) -> Response:
        one(kiosk)
        place = _PLACE[kiosk]
        parts = fragments.of(app.state.reports.unit(place.unit, 7), rendering.language(request))
        names = _UNIT_NAMES[place.unit]
        return rendering.answer(
            request, "kiosk.html", place=place, question=QUESTION, unit_names=names, today=parts["today"]
        )

    @routes.post("/demo/kiosks/{kiosk}/faces/{face}", status_code=204)
    def touch_face(kiosk: str, face: int, finger: Finger) -> None:
        if face not in (1, 2, 3, 4):
            raise HTTPException(422, [{"field": "face", "message": f"face is {face}; it must be 1 to 4"}])
        one(kiosk).set_face(face, finger.down)

    @routes.get("/demo/kiosks/{kiosk}/live", response_class=EventSourceResponse)
    async def watch_kiosk(kiosk: str) -> AsyncIterator[ServerSentEvent]:
        async for event in _events(one(kiosk), engine, app.state.live):
            yield event

    app.include_router(routes)


async def _events(kiosk: SimulatedKiosk, engine: Engine, service: Live) -> AsyncIterator[ServerSentEvent]:
    """``lights`` at each change of a light, ``tap`` at each tap the store has settled, until the service closes."""
    queue: asyncio.Queue[Lights] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    unwatch = kiosk.watch(lambda lights: loop.call_soon_threadsafe(queue.put_nowait, lights))
    settled = await asyncio.to_thread(newest, engine, kiosk.name)
    try:
        yield ServerSentEvent(event="lights", data=kiosk.lights)
        while not service.closed:
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
