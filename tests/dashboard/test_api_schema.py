"""Whatever a program asks of the read API, also against its description: an answer, never a fault of ours."""

import os

import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, seed, settings
from schemathesis.checks import not_a_server_error

from dashboard.app import create_app
from tests.dashboard.places import NOW_MS, Clock

EXAMPLES = 2000 if os.environ.get("SOAK") else 150  # of each operation


def test_no_request_ends_in_a_fault(busy):
    app = create_app(busy.engine, demo=True, now_ms=Clock(NOW_MS))
    with TestClient(app, raise_server_exceptions=False):
        schema = schemathesis.openapi.from_asgi("/openapi.json", app)
        operations = [found.ok() for found in schema.get_all_operations()]
        asked = {operation.path for operation in operations if operation.path.startswith("/api/")}
        assert {
            "/api/v1/units/{slug}/days",
            "/api/v1/kiosks",
            "/api/v1/completeness",
            "/api/v1/completeness.csv",
        } <= asked
        for operation in operations:
            if operation.path in asked:
                ask_everything(operation)


def ask_everything(operation):
    @seed(20_261_124)
    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy())
    def ask(case):
        case.call_and_validate(checks=[not_a_server_error])

    ask()
