"""Tables of meters, their registers and what was read on them."""

from datetime import date

from sqlalchemy import BigInteger, Date, ForeignKey, SmallInteger, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Base, Day, Id, Instant, Wh


class Meter(Base):
    """`multiplier` is CT x PT. A meter stands at its service point on [installed_on, removed_on)."""

    __tablename__ = "meter"
    id: Mapped[Id]
    meter_number: Mapped[str] = mapped_column(Text, unique=True)
    service_point_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("service_point.id"), index=True)
    multiplier: Mapped[int] = mapped_column(server_default="1")
    installed_on: Mapped[Day]
    removed_on: Mapped[Day | None]


class Register(Base):
    """One counter of a meter; code: total, peak, flat, valley, sharp. It rolls over at 10**digits kWh."""

    __tablename__ = "register"
    id: Mapped[Id]
    meter_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("meter.id"))
    code: Mapped[str] = mapped_column(Text)
    digits: Mapped[int] = mapped_column(SmallInteger, server_default="6")
    __table_args__ = (UniqueConstraint("meter_id", "code"),)


class Reading(Base):
    """What a register showed at the start of a local day, in Wh before the multiplier. Partitioned by month.

    quality: actual, estimated, customer. Rows are never changed; a correction is a later issue's own row.
    """

    __tablename__ = "reading"
    register_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    read_on: Mapped[date] = mapped_column(Date, primary_key=True)
    value_wh: Mapped[Wh]
    quality: Mapped[str] = mapped_column(Text)
    received_at: Mapped[Instant]
    __table_args__ = ({"postgresql_partition_by": "RANGE (read_on)"},)
