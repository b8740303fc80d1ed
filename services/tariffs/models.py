"""The tariff files that bills were computed with, kept word for word so that every bill can be replayed."""

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Base, Day, Id, Instant


class TariffVersion(Base):
    __tablename__ = "tariff_version"
    id: Mapped[Id]
    sha256: Mapped[str] = mapped_column(Text, unique=True)
    code: Mapped[str] = mapped_column(Text)
    document_number: Mapped[str] = mapped_column(Text)
    valid_from: Mapped[Day]
    body: Mapped[str] = mapped_column(Text)
    first_used_at: Mapped[Instant]
