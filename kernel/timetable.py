"""Periodic work is claimed once per (job, period) in the database, so that clocks may be many and may be late."""

from datetime import datetime

from sqlalchemy import Text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from kernel.db import Base, Instant


class ClockRun(Base):
    __tablename__ = "clock_run"
    job: Mapped[str] = mapped_column(Text, primary_key=True)
    period: Mapped[Instant] = mapped_column(primary_key=True)
    claimed_at: Mapped[Instant]


def claim_period(session: Session, *, job: str, period: datetime, now: datetime) -> bool:
    """Claim one period of a job; False when some clock has it already."""
    statement = insert(ClockRun).values(job=job, period=period, claimed_at=now)
    return session.execute(statement.on_conflict_do_nothing().returning(ClockRun.job)).first() is not None
