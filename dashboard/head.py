"""HEAD answered like GET without a body, wherever GET is answered."""

from anyio import CancelScope
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Head:
    """ASGI middleware, outside those that change headers. A stream, which has no end, is left after its headers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return
        ended = False
        with CancelScope() as asked:

            async def send_headers(message: Message) -> None:
                nonlocal ended
                if message["type"] == "http.response.start":
                    await send(message)
                elif not ended:
                    ended = True
                    await send({"type": "http.response.body", "body": b""})
                    if message.get("more_body"):
                        asked.cancel()

            await self._app({**scope, "method": "GET"}, receive, send_headers)
