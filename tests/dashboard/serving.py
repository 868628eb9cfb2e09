"""The dashboard served by a real uvicorn in a thread, and ended the way hymio ends it."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI


class Server(uvicorn.Server):
    """Tells the open streams to end before it waits for them."""

    async def shutdown(self, sockets=None):
        self.config.app.state.live.close()
        await super().shutdown(sockets)


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """The address at which ``app`` is served."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        deadline = time.monotonic() + 10
        while not server.started and time.monotonic() < deadline:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()
        assert not thread.is_alive(), "the server waits for something"
