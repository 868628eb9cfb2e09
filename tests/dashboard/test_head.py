"""HEAD over a real server: the headers of GET, no body, and an end."""

import httpx
import pytest
from fastapi.responses import JSONResponse

from dashboard.app import create_app
from tests.dashboard.serving import serving

SAME = ("content-type", "content-length", "content-encoding", "content-security-policy", "cache-control", "location")
PATHS = (
    *("/", "/units/health", "/units/nowhere", "/kiosks", "/login", "/favicon.ico", "/static/style.css"),
    *("/api/v1/units", "/api/v1/kiosks", "/api/v1/units/health/days", "/openapi.json", "/healthz"),
)


@pytest.fixture
def client(busy, clock):
    app = create_app(busy.engine, demo=True, now_ms=clock)

    @app.get("/healthz")  # mounted later, as the collector's are
    def healthz() -> JSONResponse:
        return JSONResponse({"alive": False}, 503)

    with serving(app) as address, httpx.Client(base_url=address, timeout=10) as client:
        yield client


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_head_is_answered_like_get_without_a_body(client, encoding):
    for path in PATHS:
        head, get = (client.request(how, path, headers={"accept-encoding": encoding}) for how in ("HEAD", "GET"))
        assert (head.status_code, head.content) == (get.status_code, b""), path
        assert [head.headers.get(name) for name in SAME] == [get.headers.get(name) for name in SAME], path


def test_head_of_a_stream_ends(client):
    answer = client.head("/units/health/live")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
    assert client.get("/").status_code == 200  # over the same connection


def test_other_methods_are_still_refused(client):
    assert client.put("/").status_code == 405
    assert client.head("/logout").status_code == 405
