"""What pages ask is looked up by key, however many years lie there."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from dashboard import questions
from tests.dashboard.places import NOW_MS, TODAY

MONTH = timedelta(days=30)


@pytest.mark.parametrize(
    "question",
    [
        questions.sums("county", TODAY - MONTH, TODAY, TODAY),
        questions.sums("county", TODAY - MONTH, TODAY, TODAY, by_point=True),
        questions.sums(None, TODAY - MONTH, TODAY, TODAY),
        questions.estimated("county", TODAY - MONTH, TODAY),
        questions.since(NOW_MS),
    ],
    ids=["sums", "sums by point", "sums of all", "estimated", "since"],
)
def test_no_day_and_no_quarter_is_read_that_was_not_asked_for(places, question):
    statement = str(question.compile(places.engine, compile_kwargs={"literal_binds": True}))
    with places.engine.connect() as connection:
        plan = [row[3] for row in connection.execute(text("EXPLAIN QUERY PLAN " + statement))]
    looked_up = [step for step in plan if "tap_" in step]
    assert looked_up
    for step in looked_up:
        assert step.startswith("SEARCH tap_"), step
        assert "service_point_id=? AND" in step, step
