"""Bills and their lines, partitioned by month and never changed; the narrow index holds what must be unique."""

from datetime import date
from typing import Any

from sqlalchemy import BigInteger, Date, ForeignKey, Index, SmallInteger, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Base, Day, Id, Instant, Minor, Wh


class BillIndex(Base):
    """One row a bill: its number, its place and its head. One bill per agreement and cycle.

    `tier_used_after_wh` is the use of tier year `tier_year` up to ends_on: where the next bill goes on.
    """

    __tablename__ = "bill_index"
    id: Mapped[Id]
    bill_number: Mapped[str] = mapped_column(Text, unique=True)
    account_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("account.id"))
    agreement_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("agreement.id"))
    cycle_on: Mapped[Day]
    starts_on: Mapped[Day]
    ends_on: Mapped[Day]
    total_minor: Mapped[Minor]
    energy_wh: Mapped[Wh]
    tier_year: Mapped[int]
    tier_used_after_wh: Mapped[Wh]
    __table_args__ = (
        UniqueConstraint("agreement_id", "cycle_on"),
        Index("ix_bill_index_account_id_cycle_on", "account_id", "cycle_on"),
    )


class Bill(Base):
    """`basis` is all the bill was computed from: readings, quantities, tiers, rounding; with `engine_version` and
    `tariff_sha256` it can be computed again. `energy_wh` is the period's use, `used_before_wh` the tier year's use
    before it.
    """

    __tablename__ = "bill"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    cycle_on: Mapped[date] = mapped_column(Date, primary_key=True)
    bill_number: Mapped[str] = mapped_column(Text)
    account_id: Mapped[int] = mapped_column(BigInteger)
    agreement_id: Mapped[int] = mapped_column(BigInteger)
    station_id: Mapped[int] = mapped_column(BigInteger)
    starts_on: Mapped[Day]
    ends_on: Mapped[Day]
    due_on: Mapped[Day]
    issued_at: Mapped[Instant]
    currency: Mapped[str] = mapped_column(Text)
    total_minor: Mapped[Minor]
    energy_wh: Mapped[Wh]
    used_before_wh: Mapped[Wh]
    tariff_code: Mapped[str] = mapped_column(Text)
    tariff_sha256: Mapped[str] = mapped_column(Text)
    document_number: Mapped[str] = mapped_column(Text)
    engine_version: Mapped[str] = mapped_column(Text)
    basis: Mapped[dict[str, Any]] = mapped_column(JSONB)
    __table_args__ = (
        Index("ix_bill_account_id", "account_id"),
        {"postgresql_partition_by": "RANGE (cycle_on)"},
    )


class BillLine(Base):
    """quantity x rate, rounded once. `rate` is the exact decimal per kWh as the tariff writes it."""

    __tablename__ = "bill_line"
    bill_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    line_no: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    cycle_on: Mapped[date] = mapped_column(Date, primary_key=True)
    code: Mapped[str] = mapped_column(Text)
    label: Mapped[str] = mapped_column(Text)
    tier: Mapped[int | None] = mapped_column(SmallInteger)
    period: Mapped[str | None] = mapped_column(Text)
    starts_on: Mapped[Day]
    ends_on: Mapped[Day]
    quantity_wh: Mapped[Wh]
    rate: Mapped[str] = mapped_column(Text)
    amount_minor: Mapped[Minor]
    __table_args__ = ({"postgresql_partition_by": "RANGE (cycle_on)"},)
