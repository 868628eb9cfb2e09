"""One administrator's login: the form, the session cookie, HTTP Basic for the API. In the demo everybody may read.

Only the SHA-256 of a session's token is stored; it lasts twelve hours after its last use.
"""

import secrets
from base64 import b64decode
from collections.abc import Callable
from hashlib import sha256
from threading import BoundedSemaphore
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from pwdlib import PasswordHash
from sqlalchemy import Engine, delete, insert, select, update

from collector.database import store
from collector.database.tables import Administrator, LoginSession
from dashboard.recognised import Recognised
from dashboard.rendering import Rendering
from dashboard.throttle import Key, Throttle, keys_of

COOKIE = "hymio_session"
SESSION_MS = 12 * 3_600_000
RENEW_MS = 600_000
"""A session's expiry is moved at most this often, so that a page does not write at each reading."""

_session = LoginSession.__table__  # type: ignore[attr-defined]
_administrator = Administrator.__table__  # type: ignore[attr-defined]


class LoginRequired(Exception):
    """A page was asked for without a session."""


class Slowed(Exception):
    """Too many guesses; ``seconds`` to wait."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds


class Doorkeeper:
    """Knows who may read. ``open_to_all``: the demo."""

    def __init__(self, engine: Engine, now_ms: Callable[[], int], *, open_to_all: bool, secure: bool) -> None:
        self.open_to_all, self.secure = open_to_all, secure
        self._engine, self._now_ms = engine, now_ms
        self._hasher = PasswordHash.recommended()
        self._nobody: str | None = None
        self._throttle = Throttle()
        self._recognised = Recognised()
        # an argon2 check takes 64 MiB
        self._checks = BoundedSemaphore(2)

    def admits(self, name: str, password: str, address: str) -> bool:
        """Whether the password is the administrator's. Tens of milliseconds: call it in a thread. Raises Slowed.

        Slowed is who failed before at this address, whatever comes now: an answer would tell a guess from the password.
        """
        keys = keys_of(name, address)
        self._refuse_slowed(keys)
        with store.reading(self._engine) as connection:
            known = select(_administrator.c.password_hash).where(_administrator.c.name == name)
            secret = connection.execute(known).scalar()
        if secret is not None and self._recognised.knows(name, password, secret, self._now_ms()):
            return True
        with self._checks:
            # guesses that waited together here are slowed by the first of them
            self._refuse_slowed(keys)
            # a name that nobody has takes as long
            right = self._hasher.verify(password[:1024], secret or self._nobody_hash()) and secret is not None
            if not right:
                self._throttle.failed(keys, self._now_ms())
        if right and secret is not None:
            self._recognised.remember(name, password, secret, self._now_ms())
            self._throttle.forgive(keys[:1])
        return right

    def _refuse_slowed(self, keys: list[Key]) -> None:
        wait_ms = self._throttle.wait_ms(keys, self._now_ms())
        if wait_ms:
            raise Slowed(-(-wait_ms // 1000))

    def _nobody_hash(self) -> str:
        self._nobody = self._nobody or self._hasher.hash(secrets.token_urlsafe())
        return self._nobody

    def open_session(self, name: str) -> str:
        """A new session's token, for the cookie."""
        token, now_ms = secrets.token_urlsafe(32), self._now_ms()
        with store.writing(self._engine) as connection:
            connection.execute(delete(_session).where(_session.c.expires_utc_ms <= now_ms))
            row = {"token_hash": _hash(token), "administrator": name, "expires_utc_ms": now_ms + SESSION_MS}
            connection.execute(insert(_session).values(row))
        return token

    def knows(self, token: str | None, *, renew: bool = True) -> bool:
        """Whether the session is open; with ``renew`` it then lasts twelve hours from now."""
        if not token:
            return False
        now_ms, key = self._now_ms(), _session.c.token_hash == _hash(token)
        with store.reading(self._engine) as connection:
            expires = connection.execute(select(_session.c.expires_utc_ms).where(key)).scalar()
        if expires is None or expires <= now_ms:
            return False
        if renew and expires < now_ms + SESSION_MS - RENEW_MS:
            with store.writing(self._engine) as connection:
                connection.execute(update(_session).where(key).values(expires_utc_ms=now_ms + SESSION_MS))
        return True

    def close_session(self, token: str | None) -> None:
        with store.writing(self._engine) as connection:
            connection.execute(delete(_session).where(_session.c.token_hash == _hash(token or "")))


def authorize(request: Request) -> None:
    """A dependency for answers to programs: the session cookie or HTTP Basic. Raises HTTPException 401 or 429."""
    door: Doorkeeper = request.app.state.doorkeeper
    if door.open_to_all or door.knows(request.cookies.get(COOKIE)):
        return
    given = _basic(request.headers.get("authorization", ""))
    try:
        if given is not None and door.admits(*given, _address(request)):
            return
    except Slowed as slowed:
        detail = [{"field": "authorization", "message": f"too many tries; wait {slowed.seconds} s"}]
        raise HTTPException(429, detail, {"retry-after": str(slowed.seconds)}) from None
    wrong = "log in at /login, or send the administrator's name and password as HTTP Basic"
    raise HTTPException(
        401,
        [{"field": "authorization", "message": wrong}],
        {"www-authenticate": 'Basic realm="hymio", charset="UTF-8"'},
    )


def authorize_page(request: Request) -> None:
    """A dependency for pages. Raises LoginRequired."""
    door: Doorkeeper = request.app.state.doorkeeper
    if not (door.open_to_all or door.knows(request.cookies.get(COOKIE))):
        raise LoginRequired


def is_own_origin(request: Request) -> bool:
    """Whether a form comes from our own page. A proxy may end TLS, so hosts are compared and not schemes."""
    origin = request.headers.get("origin")
    if origin is not None:
        return urlsplit(origin).netloc == request.headers.get("host")
    return request.headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")


def own_path(address: str) -> str:
    """The address when it is a path of ours, else the overview: never a way to another site."""
    return address if address.startswith("/") and not address.startswith(("//", "/\\")) else "/"


def router(door: Doorkeeper, rendering: Rendering) -> APIRouter:
    """/login and /logout."""
    pages = APIRouter(include_in_schema=False)

    @pages.get("/login")
    def form(request: Request, next: str = "/") -> Response:
        if door.open_to_all:
            return RedirectResponse("/", 303)
        return rendering.answer(request, "login.html", next=own_path(next), wrong=None)

    @pages.post("/login")
    def log_in(
        request: Request,
        name: Annotated[str, Form()] = "",
        password: Annotated[str, Form()] = "",
        next: Annotated[str, Form()] = "/",
    ) -> Response:
        if not is_own_origin(request):
            raise HTTPException(403)
        shown = {"next": own_path(next), "name": name[:64]}
        try:
            admitted = door.admits(name, password, _address(request))
        except Slowed as slowed:
            answer = rendering.answer(request, "login.html", 429, **shown, wrong="slow", seconds=slowed.seconds)
            answer.headers["retry-after"] = str(slowed.seconds)
            return answer
        if not admitted:
            return rendering.answer(request, "login.html", 403, **shown, wrong="refused")
        opened = RedirectResponse(own_path(next), 303)
        opened.set_cookie(COOKIE, door.open_session(name), httponly=True, samesite="lax", secure=door.secure, path="/")
        return opened

    @pages.post("/logout")
    def log_out(request: Request) -> Response:
        if not is_own_origin(request):
            raise HTTPException(403)
        door.close_session(request.cookies.get(COOKIE))
        answer = RedirectResponse("/login", 303)
        answer.delete_cookie(COOKIE, path="/")
        return answer

    return pages


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _basic(header: str) -> tuple[str, str] | None:
    """Name and password of an Authorization header (RFC 7617), None where there are none."""
    scheme, _, credentials = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, colon, password = b64decode(credentials.strip(), validate=True).decode().partition(":")
    except ValueError:
        return None
    return (name, password) if colon else None
