"""Tables of the grid and its places. Codes are the utility's own; numbers are what people and files say."""

from sqlalchemy import BigInteger, Boolean, ForeignKey, Index, Text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Base, Id


class Station(Base):
    """A supply station (供电所): the unit whose staff see its customers."""

    __tablename__ = "station"
    id: Mapped[Id]
    code: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text)
    name_en: Mapped[str] = mapped_column(Text)


class Substation(Base):
    __tablename__ = "substation"
    id: Mapped[Id]
    code: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text)


class Feeder(Base):
    __tablename__ = "feeder"
    id: Mapped[Id]
    code: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text)
    substation_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("substation.id"))


class TransformerArea(Base):
    """台区: the service points behind one distribution transformer."""

    __tablename__ = "transformer_area"
    id: Mapped[Id]
    code: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text)
    feeder_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("feeder.id"))


class Premises(Base):
    __tablename__ = "premises"
    id: Mapped[Id]
    premises_number: Mapped[str] = mapped_column(Text, unique=True)
    address: Mapped[str] = mapped_column(Text)
    station_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("station.id"))
    search: Mapped[str] = mapped_column(TSVECTOR)
    __table_args__ = (Index("ix_premises_search", "search", postgresql_using="gin"),)


class ServicePoint(Base):
    """Where supply meets premises. `life_support`: somebody's life depends on it; never disconnected."""

    __tablename__ = "service_point"
    id: Mapped[Id]
    service_point_number: Mapped[str] = mapped_column(Text, unique=True)
    premises_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("premises.id"), index=True)
    transformer_area_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("transformer_area.id"), index=True)
    station_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("station.id"))
    life_support: Mapped[bool] = mapped_column(Boolean, server_default="false")
