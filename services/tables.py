"""Every table in one metadata, for migrations and tests: importing this module registers them all."""

# ruff: noqa: F401
import kernel.audit
import kernel.outbox
import kernel.timetable
import services.access.models
import services.accounts.models
import services.billing.models
import services.customers.models
import services.ledger.models
import services.messages.models
import services.metering.models
import services.network.models
import services.payments.models
import services.tariffs.models
from kernel.db import Base

METADATA = Base.metadata
