"""What the running service itself says of taps that are pressed now."""

import http.client
import json
from collections.abc import Iterator
from typing import Any

from hymio.doctor.finding import Finding, bad, ok, warn

PATIENCE_S = 10.0  # it answers within five, whatever its database does


def check(host: str, port: int) -> Iterator[Finding]:
    """``host``, ``port``: where it serves its pages. Raises nothing."""
    where = f"http://{host}:{port}/readyz"
    try:
        status, answer = _ask(host, port)
    except (OSError, http.client.HTTPException, ValueError) as fault:
        todo = "start it, or give the doctor the service's own settings (http_host, http_port)"
        yield warn(f"no service says at {where} whether it stores: {fault}", todo)
        return
    if status == 200:
        yield ok("the service says that taps pressed now are stored")
        return
    why = "; ".join(map(str, answer.get("reasons", ()))) or f"status {status}"
    yield bad(f"the service says that taps pressed now are not stored: {why}", "mend what it names; its log says more")


def _ask(host: str, port: int) -> tuple[int, dict[str, Any]]:
    line = http.client.HTTPConnection(host, port, timeout=PATIENCE_S)
    try:
        line.request("GET", "/readyz")
        response = line.getresponse()
        answer = json.loads(response.read())
        if not isinstance(answer, dict) or "ready" not in answer:
            raise ValueError("what answers there is another program")
        return response.status, answer
    finally:
        line.close()
