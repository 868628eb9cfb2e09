"""The live part of a unit's page: one poller for all readers, while there are any, and a stream of changed fragments.

Each event carries a JSON object of {element id: its new HTML}. A server that stops must call ``Live.close`` first:
it would otherwise wait for the readers.
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool

from dashboard.login import COOKIE, Doorkeeper, authorize
from dashboard.pages import PERIODS, USUAL_PERIOD, Fragments, rows_of
from dashboard.rendering import Rendering
from dashboard.reports import Reports, UnknownUnit

POLL_S = 0.2
# what a mark does not tell of (a placement that was backdated, a new day) is looked up at this pace
REFRESH_S = 5.0
RETRY_MS = 2_000

_log = logging.getLogger(__name__)


class Live:
    """Wakes the streams when the database has something new. Belongs to the event loop that serves the streams."""

    def __init__(self, reports: Reports) -> None:
        self._reports = reports
        self._waiting: set[asyncio.Event] = set()
        self._poller: asyncio.Task | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self.closed = False

    @property
    def readers(self) -> int:
        return len(self._waiting)

    def join(self) -> asyncio.Event:
        """An event that is set whenever there may be something new, and when the stream must end."""
        self._loop = asyncio.get_running_loop()
        news = asyncio.Event()
        self._waiting.add(news)
        if self._poller is None or self._poller.done():
            self._poller = self._loop.create_task(self._poll())
        return news

    def leave(self, news: asyncio.Event) -> None:
        self._waiting.discard(news)
        if not self._waiting and self._poller is not None:
            self._poller.cancel()
            self._poller = None

    def close(self) -> None:
        """Ends every stream, for good. May be called from any thread."""
        self.closed = True
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        for news in self._waiting:
            news.set()

    async def _poll(self) -> None:
        pulse, refreshed, is_away = None, 0.0, False
        loop = asyncio.get_running_loop()
        while True:
            try:
                now = await run_in_threadpool(self._reports.pulse)
                is_away = False
                if now != pulse or loop.time() - refreshed > REFRESH_S:
                    pulse, refreshed = now, loop.time()
                    self._wake()
            except Exception:  # the database may be away for a while; readers keep what they have
                if not is_away:
                    _log.warning("the live page cannot read the database", exc_info=True)
                is_away = True
            await asyncio.sleep(POLL_S)


def changes(before: dict[str, str], after: dict[str, str]) -> dict[str, str]:
    """What to send to who has ``before``: the fragments that differ, and all rows at once where rows came or went."""
    rows = rows_of(after)
    if rows != rows_of(before):
        same = {id: html for id, html in after.items() if id not in rows and before.get(id) != html}
        return same | {"days": "".join(after[id] for id in rows)}
    return {id: html for id, html in after.items() if before.get(id) != html}


def router(
    live: Live, reports: Reports, rendering: Rendering, fragments: Fragments, doorkeeper: Doorkeeper
) -> APIRouter:
    """/units/{slug}/live."""
    streams = APIRouter(include_in_schema=False, dependencies=[Depends(authorize)])

    @streams.get("/units/{slug}/live", response_class=EventSourceResponse)
    async def stream(
        request: Request, slug: str, days: Annotated[int, Query()] = USUAL_PERIOD
    ) -> AsyncIterator[ServerSentEvent]:
        length = days if days in PERIODS else USUAL_PERIOD
        language = rendering.language(request)

        token = request.cookies.get(COOKIE)
        in_session = not doorkeeper.open_to_all and await run_in_threadpool(doorkeeper.knows, token)

        def read() -> dict[str, str] | None:
            """The page's parts; None for whoever has logged out meanwhile."""
            if in_session and not doorkeeper.knows(token, renew=False):
                return None
            return fragments.of(reports.unit(slug, length), language)

        sent: dict[str, str] = {}
        news = live.join()
        try:
            yield ServerSentEvent(comment="hymio", retry=RETRY_MS)
            while not live.closed:
                try:
                    parts = await run_in_threadpool(read)
                except UnknownUnit:
                    return
                if parts is None:
                    return
                changed = changes(sent, parts)
                if changed:
                    yield ServerSentEvent(raw_data=json.dumps(changed, ensure_ascii=False), event="parts")
                sent = parts
                await news.wait()
                news.clear()
        finally:
            live.leave(news)

    return streams
