"""Payment attempts, what each was meant to pay, and the one settlement and receipt it can have."""

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Base, Id, Instant, Minor


class Payment(Base):
    """`payment_number` is the attempt id: the vendor's idempotency key. States and their moves: `rules.py`.

    `payer_*` says who pays: customer (sign-in id) or payer (nobody signed in). `return_token` lets that browser alone
    see how its payment went.
    """

    __tablename__ = "payment"
    id: Mapped[Id]
    payment_number: Mapped[str] = mapped_column(Text, unique=True)
    account_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("account.id"))
    station_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("station.id"))
    amount_minor: Mapped[Minor]
    currency: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    channel: Mapped[str] = mapped_column(Text)
    checkout_id: Mapped[str | None] = mapped_column(Text, unique=True)
    checkout_url: Mapped[str | None] = mapped_column(Text)
    payment_intent: Mapped[str | None] = mapped_column(Text)
    payer_kind: Mapped[str] = mapped_column(Text)
    payer_id: Mapped[int | None] = mapped_column(BigInteger)
    language: Mapped[str] = mapped_column(Text)
    return_token: Mapped[str] = mapped_column(Text)
    created_at: Mapped[Instant]
    changed_at: Mapped[Instant]
    settled_at: Mapped[Instant | None]
    failure_code: Mapped[str | None] = mapped_column(Text)
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        Index("ix_payment_account_id_created_at", "account_id", "created_at"),
        # A day's payments of all accounts: rows come in the order of time, a block range costs next to nothing.
        Index("ix_payment_created_at", "created_at", postgresql_using="brin"),
    )


class PaymentItem(Base):
    """What the payer meant to pay: an open item and how much of it."""

    __tablename__ = "payment_item"
    payment_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("payment.id"), primary_key=True)
    receivable_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("receivable.id"), primary_key=True)
    amount_minor: Mapped[Minor]
    __table_args__ = (CheckConstraint("amount_minor > 0", name="amount_positive"),)


class Receipt(Base):
    """At most one per payment; it is also the settlement's once-only mark (primary key: the payment)."""

    __tablename__ = "receipt"
    payment_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("payment.id"), primary_key=True, autoincrement=False)
    receipt_number: Mapped[str] = mapped_column(Text, unique=True)
    settled_by: Mapped[str] = mapped_column(Text)
    issued_at: Mapped[Instant]
