"""Tables of who pays for what, and who may see it."""

from sqlalchemy import BigInteger, Date, ForeignKey, Index, LargeBinary, Text, func, text
from sqlalchemy.dialects.postgresql import DATERANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Base, Day, Id, Instant, Wh


class Account(Base):
    """Who pays (结算户); its number is the 户号 that people know. `paper_code_hash`: the code on its paper bill."""

    __tablename__ = "account"
    id: Mapped[Id]
    account_number: Mapped[str] = mapped_column(Text, unique=True)
    customer_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("customer.id"), index=True)
    station_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("station.id"), index=True)
    currency: Mapped[str] = mapped_column(Text)
    due_days: Mapped[int]
    opened_on: Mapped[Day]
    closed_on: Mapped[Day | None]
    dispute_on: Mapped[Day | None]
    paper_code_hash: Mapped[bytes | None] = mapped_column(LargeBinary)


class Agreement(Base):
    """account x service point x tariff x [during): never two at one service point on one day.

    `continues_id` names the agreement whose tier use this one carries on (a move, a change of tariff).
    """

    __tablename__ = "agreement"
    id: Mapped[Id]
    agreement_number: Mapped[str] = mapped_column(Text, unique=True)
    account_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("account.id"), index=True)
    service_point_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("service_point.id"), index=True)
    tariff_code: Mapped[str] = mapped_column(Text)
    during: Mapped[Range[Day]] = mapped_column(DATERANGE)
    continues_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("agreement.id"), unique=True)
    __table_args__ = (
        ExcludeConstraint(
            (func.int8range(text("service_point_id"), text("service_point_id"), text("'[]'")), "&&"),
            ("during", "&&"),
            name="ex_agreement_service_point_during",
            using="gist",
        ),
    )


class OpeningTierUse(Base):
    """kWh of the tier year used before we billed: `used_wh` in the tier year that starts in `year`, before `until_on`.

    Carried with the account's agreement over a move or a change of tariff.
    """

    __tablename__ = "opening_tier_use"
    agreement_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("agreement.id"), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    until_on: Mapped[Day]
    used_wh: Mapped[Wh]


class Holding(Base):
    """A sign-in's tie to an account. role: holder, manage, pay, view; proof: phone, paper_code, agent, holder.

    It stands while revoked_at is null and ends_on (exclusive) is not reached. `nickname` is the holder's own word.
    """

    __tablename__ = "holding"
    id: Mapped[Id]
    sign_in_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("sign_in.id"))
    account_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("account.id"), index=True)
    role: Mapped[str] = mapped_column(Text)
    proof: Mapped[str] = mapped_column(Text)
    nickname: Mapped[str | None] = mapped_column(Text)
    granted_by: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[Instant]
    ends_on: Mapped[Day | None] = mapped_column(Date)
    revoked_at: Mapped[Instant | None]
    __table_args__ = (
        Index(
            "uq_holding_standing", "sign_in_id", "account_id", unique=True, postgresql_where=text("revoked_at IS NULL")
        ),
    )
