"""Where each kiosk stood and what was asked there, read from the registry."""

from typing import Any

from sqlalchemy import Connection, bindparam, select

from collector.database.tables import Placement, Question, ServicePoint
from collector.database.written import Chosen
from collector.days.dating import Asked, Placed, Whereabouts

_placement: Any = Placement.__table__  # type: ignore[attr-defined]
_point: Any = ServicePoint.__table__  # type: ignore[attr-defined]
_question: Any = Question.__table__  # type: ignore[attr-defined]

_placements = Chosen(
    select(_placement.c.kiosk, _placement.c.from_utc_ms, _placement.c.to_utc_ms, _point.c.id, _point.c.timezone)
    .join(_point, _point.c.id == _placement.c.service_point_id)
    .where(_placement.c.kiosk.in_(bindparam("keys", expanding=True)))
)
_questions = Chosen(
    select(_question.c.from_utc_ms, _question.c.to_utc_ms, _question.c.service_point_id, _question.c.id).where(
        _question.c.service_point_id.in_(bindparam("keys", expanding=True))
    )
)


def whereabouts_of(connection: Connection, kiosks: set[str]) -> dict[str, Whereabouts]:
    """Of each of ``kiosks``, as the registry has it now."""
    placements: dict[str, list[Placed]] = {kiosk: [] for kiosk in kiosks}
    rows = _placements.among(connection, sorted(kiosks))
    for row in rows:
        placements[row.kiosk].append(Placed._make(row[1:]))
    points = {placed.service_point_id for spans in placements.values() for placed in spans}
    questions: list[Asked] = []
    if points:
        questions = [Asked._make(row) for row in _questions.among(connection, sorted(points))]
    return {kiosk: Whereabouts(spans, _at(spans, questions)) for kiosk, spans in placements.items()}


def _at(placements: list[Placed], questions: list[Asked]) -> list[Asked]:
    points = {placed.service_point_id for placed in placements}
    return [asked for asked in questions if asked.service_point_id in points]
