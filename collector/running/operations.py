"""What a supervisor and a monitoring system ask of a running collector, over HTTP."""

from typing import Any

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from collector.running.service import Collector

_WATCHERS = 8
"""How many may ask at once whether we are ready, beside pages that wait for a database that does not answer."""

_TEXT = "text/plain; version=0.0.4; charset=utf-8"


def router(collector: Collector, authorize: Any = None) -> APIRouter:
    """``/healthz``: it runs. ``/readyz``: taps pressed now get stored; else 503 with the reasons. ``/metrics``.

    ``authorize`` is a FastAPI ``Depends(…)`` that refuses who may not read the metrics; None leaves them open.
    """
    routes = APIRouter(tags=["operations"])
    watchers = CapacityLimiter(_WATCHERS)

    @routes.get("/healthz", summary="Whether the collector runs")
    async def healthz() -> JSONResponse:
        alive = collector.alive()
        return JSONResponse({"alive": alive}, 200 if alive else 503)

    @routes.get("/readyz", summary="Whether taps pressed now would be stored, and otherwise why not")
    async def readyz() -> JSONResponse:
        ready, reasons = await to_thread.run_sync(collector.ready, limiter=watchers)
        return JSONResponse({"ready": ready, "reasons": reasons}, 200 if ready else 503)

    guards = [authorize] if authorize is not None else []

    @routes.get("/metrics", summary="Figures in the Prometheus text format", dependencies=guards)
    def metrics() -> Response:
        return Response(collector.metrics.text(), media_type=_TEXT)

    return routes
