"""What a bill line is called. Doors translate from tier and period, so a stored bill reads in any language."""

from kernel.i18n import N_, translate

_TIERED = {
    None: N_("Tier %(tier)s"),
    "sharp": N_("Tier %(tier)s, sharp peak"),
    "peak": N_("Tier %(tier)s, peak"),
    "flat": N_("Tier %(tier)s, flat"),
    "valley": N_("Tier %(tier)s, valley"),
    "deep_valley": N_("Tier %(tier)s, deep valley"),
}
_PLAIN = {
    None: N_("Electricity"),
    "sharp": N_("Electricity, sharp peak"),
    "peak": N_("Electricity, peak"),
    "flat": N_("Electricity, flat"),
    "valley": N_("Electricity, valley"),
    "deep_valley": N_("Electricity, deep valley"),
}
PERIOD_NAMES = {
    "total": N_("All day"),
    "sharp": N_("Sharp peak"),
    "peak": N_("Peak"),
    "flat": N_("Flat"),
    "valley": N_("Valley"),
    "deep_valley": N_("Deep valley"),
}


def line_label(language: str, tier: int | None, period: str | None) -> str:
    """Return "Tier 2, peak" in the reader's language; tier None: the tariff has one tier, period None: all day."""
    if tier is None:
        return translate(language, _PLAIN[period])
    return translate(language, _TIERED[period], tier=tier)


def line_code(tier: int | None, period: str | None) -> str:
    """Return the line's code for programs: `tier2-peak`, `tier1`, `energy-valley`, `energy`."""
    return "-".join(filter(None, (f"tier{tier}" if tier else "energy", period)))
