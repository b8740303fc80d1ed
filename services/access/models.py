"""Tables of who may enter."""

from sqlalchemy import BigInteger, Boolean, Index, LargeBinary, SmallInteger, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from kernel.crypto import Sealed
from kernel.db import Base, Id, Instant, Ref


class SignIn(Base):
    """A household user: one phone, any number of accounts (`services/accounts` Holding). `epoch` ends every session."""

    __tablename__ = "sign_in"
    id: Mapped[Id]
    phone: Mapped[str] = mapped_column(Sealed)
    phone_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    password_hash: Mapped[str | None] = mapped_column(Text)
    language: Mapped[str] = mapped_column(Text)
    large_type: Mapped[bool] = mapped_column(Boolean, server_default="false")
    epoch: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[Instant]
    closed_at: Mapped[Instant | None]


class Agent(Base):
    """A member of staff. `totp_last_step` refuses a code that was used already (RFC 6238, 5.2)."""

    __tablename__ = "agent"
    id: Mapped[Id]
    username: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text)
    password_hash: Mapped[str] = mapped_column(Text)
    totp_secret: Mapped[str] = mapped_column(Sealed)
    totp_last_step: Mapped[int] = mapped_column(BigInteger, server_default="0")
    roles: Mapped[list[str]] = mapped_column(ARRAY(Text))
    language: Mapped[str] = mapped_column(Text)
    epoch: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[Instant]
    disabled_at: Mapped[Instant | None]


class AgentStation(Base):
    """A station whose customers the agent may see."""

    __tablename__ = "agent_station"
    agent_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    station_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)


class WebSession(Base):
    """A signed-in device: the cookie holds a random token, the row its hash. kind: c (customer), a (agent)."""

    __tablename__ = "web_session"
    id: Mapped[Id]
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    kind: Mapped[str] = mapped_column(Text)
    principal_id: Mapped[Ref]
    epoch: Mapped[int]
    device: Mapped[str] = mapped_column(Text)
    created_at: Mapped[Instant]
    seen_at: Mapped[Instant]
    ends_at: Mapped[Instant]
    revoked_at: Mapped[Instant | None]
    __table_args__ = (Index("ix_web_session_principal", "kind", "principal_id"),)


class OneTimeCode(Base):
    """A code that was sent. The code itself is derived from the id (`kernel.crypto.derived_code`) and never stored."""

    __tablename__ = "one_time_code"
    id: Mapped[Id]
    purpose: Mapped[str] = mapped_column(Text)
    phone_hash: Mapped[bytes] = mapped_column(LargeBinary)
    address_hash: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    tries: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    used_at: Mapped[Instant | None]
    __table_args__ = (
        Index("ix_one_time_code_phone_hash_created_at", "phone_hash", "created_at"),
        Index("ix_one_time_code_address_hash_created_at", "address_hash", "created_at"),
        Index("ix_one_time_code_created_at", "created_at"),
    )
