"""What is answered when something is wrong: a page in the reader's language, or JSON naming field and remedy."""

from urllib.parse import quote

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.exceptions import HTTPException as StarletteHTTPException

from dashboard.login import LoginRequired
from dashboard.rendering import Rendering
from dashboard.security import HEADERS


def add_handlers(app: FastAPI, rendering: Rendering) -> None:
    """Programs (the API, and whoever does not ask for HTML) get JSON, people a page."""

    def refused(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, StarletteHTTPException) else 500
        detail = error.detail if isinstance(error, HTTPException) else None
        headers = dict(getattr(error, "headers", None) or {})
        if not wants_page(request):
            return JSONResponse({"detail": detail or _plain(status)}, status, headers)
        answer = rendering.answer(request, "problem.html", status)
        answer.headers.update(headers)
        return answer

    def invalid(request: Request, error: Exception) -> Response:
        if wants_page(request):
            return rendering.answer(request, "problem.html", 422)
        errors = error.errors() if isinstance(error, RequestValidationError) else []
        return JSONResponse({"detail": [_problem(one) for one in errors]}, 422)

    def broken(request: Request, _: Exception) -> Response:
        answer = refused(request, StarletteHTTPException(500))
        # this answer is made outside the middleware that adds them
        answer.headers.update(HEADERS)
        return answer

    def logged_out(request: Request, _: Exception) -> Response:
        asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse("/login?next=" + quote(asked, safe=""), 303)

    app.add_exception_handler(StarletteHTTPException, refused)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(LoginRequired, logged_out)
    app.add_exception_handler(Exception, broken)


def wants_page(request: Request) -> bool:
    return not request.url.path.startswith("/api/") and "text/html" in request.headers.get("accept", "")


def _plain(status: int) -> list[dict[str, str]]:
    said = {
        404: ("path", "there is nothing at this address; /openapi.json lists what there is"),
        405: ("method", "this address does not take that method; /openapi.json says which"),
    }
    field, message = said.get(status, ("", "the server could not answer; its log says why"))
    return [{"field": field, "message": message}]


def _problem(error: dict) -> dict[str, str]:
    """One of pydantic's errors as a Problem."""
    field = str(error["loc"][-1]) if error["loc"] else ""
    message = str(error["msg"]).removeprefix("Value error, ")
    if error["type"] == "missing":
        message = f"{field} is required"
    return {"field": field, "message": message}
