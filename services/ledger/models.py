"""Append-only double entry, and the open items that postings pay off. The database refuses to change a posting."""

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Base, Day, Id, Instant, Minor


class LedgerAccount(Base):
    """kind: receivable, credit, deposit (one of each per account); revenue, clearing, opening (the utility's)."""

    __tablename__ = "ledger_account"
    id: Mapped[Id]
    code: Mapped[str] = mapped_column(Text, unique=True)
    kind: Mapped[str] = mapped_column(Text)
    account_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("account.id"), index=True)
    currency: Mapped[str] = mapped_column(Text)


class Receivable(Base):
    """An open item: what one bill (or an opening debt) still asks for. open_minor = total - what postings paid off.

    kind: bill, opening. `reference` is the bill number or the import's own reference.
    """

    __tablename__ = "receivable"
    id: Mapped[Id]
    account_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("account.id"))
    kind: Mapped[str] = mapped_column(Text)
    reference: Mapped[str] = mapped_column(Text, unique=True)
    total_minor: Mapped[Minor]
    open_minor: Mapped[Minor]
    currency: Mapped[str] = mapped_column(Text)
    due_on: Mapped[Day]
    opened_at: Mapped[Instant]
    __table_args__ = (
        CheckConstraint("open_minor >= 0 AND open_minor <= total_minor", name="open_within_total"),
        Index("ix_receivable_account_id_due_on", "account_id", "due_on"),
        Index("ix_receivable_open", "account_id", "due_on", postgresql_where=text("open_minor > 0")),
    )


class Posting(Base):
    """debit, credit, a positive amount, and the one source that explains it (unique: told once, posted once)."""

    __tablename__ = "posting"
    id: Mapped[Id]
    debit_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("ledger_account.id"))
    credit_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("ledger_account.id"))
    amount_minor: Mapped[Minor]
    currency: Mapped[str] = mapped_column(Text)
    value_on: Mapped[Day]
    posted_at: Mapped[Instant]
    source: Mapped[str] = mapped_column(Text, unique=True)
    account_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("account.id"), index=True)
    receivable_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("receivable.id"), index=True)
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("debit_id <> credit_id", name="two_sides"),
    )
