"""The dashboard put together: pages, live stream, read API and login over one database."""

from collections.abc import Callable, Sequence
from typing import Any

from fastapi import FastAPI, Request, Response
from sqlalchemy import Engine
from starlette.middleware.gzip import GZipMiddleware
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from dashboard import api, completeness_api, errors, kiosk_page, live, login, pages
from dashboard.head import Head
from dashboard.rendering import HERE, Link, Rendering
from dashboard.reports import Reports
from dashboard.security import SecureHeaders


def create_app(
    engine: Engine,
    *,
    demo: bool,
    now_ms: Callable[[], int],
    secure_cookies: bool = False,
    navigation: Sequence[Link] = (),
    kiosk_link: Callable[[str], str] | None = None,
    lifespan: Any = None,
) -> FastAPI:
    """The dashboard over ``engine``, whose tables exist.

    demo: everybody may read, and figures follow each tap; otherwise one administrator logs in and figures move in
    steps.
    now_ms: the time, UTC milliseconds. secure_cookies: the address is https. navigation: more links in the page's head.
    kiosk_link: the address of a kiosk's own page, by its name. lifespan: as FastAPI takes it.

    ``app.state.rendering`` takes more templates and catalogues; ``app.state.live.close()`` must be called before the
    server waits for its connections to end; ``dashboard.login.authorize`` guards other routes.
    """
    reports = Reports(engine, demo=demo, now_ms=now_ms)
    rendering = Rendering(demo=demo, secure=secure_cookies, navigation=navigation)
    doorkeeper = login.Doorkeeper(engine, now_ms, open_to_all=demo, secure=secure_cookies)
    fragments = pages.Fragments(rendering, kiosk_link, coarse=not demo)
    stream = live.Live(reports)

    app = FastAPI(
        title="hymio read API",
        version="1",
        description="Smiley feedback by unit and local day, each share with its 95 % interval.",
        docs_url=None,  # its page loads scripts from elsewhere
        redoc_url=None,
        lifespan=lifespan,
    )
    app.state.doorkeeper, app.state.rendering, app.state.live, app.state.reports = (
        doorkeeper,
        rendering,
        stream,
        reports,
    )
    app.add_middleware(GZipMiddleware, minimum_size=500)
    app.add_middleware(SecureHeaders, secure=secure_cookies)
    app.add_middleware(Head)
    errors.add_handlers(app, rendering)
    app.mount("/static", _StaticFiles(directory=HERE / "static"), name="static")
    app.include_router(api.router(reports))
    app.include_router(completeness_api.router(reports))
    app.include_router(login.router(doorkeeper, rendering))
    app.include_router(pages.router(reports, rendering, fragments, kiosk_link))
    app.include_router(kiosk_page.router(engine, reports, rendering))
    app.include_router(live.router(stream, reports, rendering, fragments, doorkeeper))

    @app.get("/favicon.ico", include_in_schema=False)
    def icon(request: Request) -> Response:
        return Response((HERE / "static" / "icon.svg").read_bytes(), media_type="image/svg+xml")

    return app


class _StaticFiles(StaticFiles):
    """Files whose address changes with their contents may be kept for a year."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        answer = await super().get_response(path, scope)
        named = b"v=" in scope.get("query_string", b"")
        answer.headers["cache-control"] = "public, max-age=31536000, immutable" if named else "no-cache"
        return answer
