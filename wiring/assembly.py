"""From settings to ports: the only place that knows which wire stands behind which protocol."""

import services.tables  # noqa: F401  (foreign keys between rooms resolve by name)
from backends.cards.stripe import StripeCards
from backends.messages.twilio import TwilioMessages
from kernel.crypto import Keys, use_keys
from kernel.db import Database
from wiring.ports import Ports, Utility
from wiring.settings import Settings

# A page must never hang on a slow statement; a worker's chunk may take longer; an operator's command is not bounded.
STATEMENT_TIMEOUT_MS = {"web": 5_000, "worker": 60_000, "relay": 30_000, "clock": 60_000, "cli": 0}


def assemble(settings: Settings, *, process: str) -> Ports:
    """Return the ports of one process, and give it the keys of its encrypted fields."""
    use_keys(Keys({1: settings.encryption_key}, settings.hash_key))
    return Ports(
        db=Database(
            settings.database_url,
            pool_size=settings.web_threads if process == "web" else 5,
            statement_timeout_ms=STATEMENT_TIMEOUT_MS[process],
            application=f"lightline-{process}",
        ),
        cards=StripeCards(settings.stripe_api_key, settings.stripe_webhook_secret, api_base=settings.stripe_api_base),
        messages=TwilioMessages(
            settings.twilio_account_sid,
            settings.twilio_auth_token,
            settings.twilio_sender,
            public_url=settings.public_url,
            api_base=settings.twilio_api_base,
        ),
        utility=Utility(
            name=settings.utility_name,
            name_en=settings.utility_name_en,
            zone=settings.zone,
            currency=settings.currency,
            service_phone=settings.service_phone,
            public_url=settings.public_url,
        ),
        redis_url=settings.redis_url,
        mode=settings.mode,
        simulating=settings.simulating,
        secret_key=settings.secret_key,
        trusted_proxies=settings.trusted_proxies,
    )
