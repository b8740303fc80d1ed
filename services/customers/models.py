"""Tables of the people and firms we serve."""

from sqlalchemy import Index, LargeBinary, Text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from kernel.crypto import Sealed
from kernel.db import Base, Id, Instant


class Customer(Base):
    """kind: residential, commercial or industrial. `phone_hash` = keyed_hash("phone", E.164)."""

    __tablename__ = "customer"
    id: Mapped[Id]
    customer_number: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(Text)
    phone: Mapped[str | None] = mapped_column(Sealed)
    phone_hash: Mapped[bytes | None] = mapped_column(LargeBinary, index=True)
    identity: Mapped[str | None] = mapped_column(Sealed)
    identity_hash: Mapped[bytes | None] = mapped_column(LargeBinary, index=True)
    email: Mapped[str | None] = mapped_column(Sealed)
    created_at: Mapped[Instant]
    search: Mapped[str] = mapped_column(TSVECTOR)
    __table_args__ = (Index("ix_customer_search", "search", postgresql_using="gin"),)
