"""What an import may not change: facts that others were computed from, and what places a row among the others."""

from services.journeys.importing.checks import Check


def _fixed(file: str, field: str, joins: str, differs: str) -> Check:
    return Check(
        file,
        field,
        "differs_from_stored",
        f"SELECT s.line, NULL::jsonb FROM in_{file} s {joins} WHERE NOT s.bad AND ({differs})",
    )


_SERVICE_POINT = "JOIN service_point t ON t.service_point_number = s.service_point_number"
_ACCOUNT = "JOIN account t ON t.account_number = s.account_number"
_AGREEMENT = "JOIN agreement t ON t.agreement_number = s.agreement_number"
_METER = "JOIN meter t ON t.meter_number = s.meter_number"
_OPENING = "JOIN receivable t ON t.reference = s.reference JOIN account a ON a.id = t.account_id"
_DEPOSIT = "JOIN posting t ON t.source = 'deposit:' || s.reference JOIN account a ON a.id = t.account_id"
_TIER_USE = (
    "JOIN agreement g ON g.agreement_number = s.agreement"
    " JOIN opening_tier_use t ON t.agreement_id = g.id AND t.year = s.year"
)
_CONSENT = (
    "JOIN consent t ON t.contact_hash = s.contact_hash AND t.category = s.category AND t.channel = s.channel"
    " AND t.at = s.recorded_at"
)

FIXED = (
    _fixed(
        "service_points",
        "premises",
        f"{_SERVICE_POINT} JOIN premises p ON p.id = t.premises_id",
        "p.premises_number <> s.premises",
    ),
    _fixed(
        "accounts", "customer", f"{_ACCOUNT} JOIN customer c ON c.id = t.customer_id", "c.customer_number <> s.customer"
    ),
    _fixed("accounts", "opened_on", _ACCOUNT, "t.opened_on <> s.opened_on"),
    _fixed(
        "agreements", "account", f"{_AGREEMENT} JOIN account a ON a.id = t.account_id", "a.account_number <> s.account"
    ),
    _fixed(
        "agreements",
        "service_point",
        f"{_AGREEMENT} JOIN service_point p ON p.id = t.service_point_id",
        "p.service_point_number <> s.service_point",
    ),
    _fixed("agreements", "tariff", _AGREEMENT, "t.tariff_code <> s.tariff"),
    _fixed("agreements", "starts_on", _AGREEMENT, "lower(t.during) <> s.starts_on"),
    _fixed(
        "agreements",
        "continues",
        f"{_AGREEMENT} LEFT JOIN agreement c ON c.id = t.continues_id",
        "s.continues <> COALESCE(c.agreement_number, '')",
    ),
    Check(
        "agreements",
        "ends_on",
        "already_billed",
        "SELECT s.line, jsonb_build_object('day', max(b.ends_on)) FROM in_agreements s"
        f" {_AGREEMENT} JOIN bill_index b ON b.agreement_id = t.id"
        " WHERE NOT s.bad AND s.ends_on IS DISTINCT FROM upper(t.during) GROUP BY s.line, s.ends_on"
        " HAVING max(b.ends_on) > s.ends_on",
    ),
    Check(
        "tier_use",
        "until_on",
        "already_billed",
        "SELECT s.line, jsonb_build_object('day', max(b.ends_on)) FROM in_tier_use s"
        " JOIN agreement t ON t.agreement_number = s.agreement JOIN bill_index b ON b.agreement_id = t.id"
        " WHERE NOT s.bad AND b.tier_year = s.year"
        " AND NOT EXISTS (SELECT FROM opening_tier_use o WHERE o.agreement_id = t.id AND o.year = s.year)"
        " GROUP BY s.line",
    ),
    _fixed(
        "meters",
        "service_point",
        f"{_METER} JOIN service_point p ON p.id = t.service_point_id",
        "p.service_point_number <> s.service_point",
    ),
    _fixed("meters", "multiplier", _METER, "t.multiplier <> s.multiplier"),
    _fixed("meters", "installed_on", _METER, "t.installed_on <> s.installed_on"),
    _fixed(
        "meters",
        "registers",
        f"{_METER} JOIN LATERAL (SELECT array_agg(code ORDER BY code) AS codes FROM register r"
        " WHERE r.meter_id = t.id) r ON true",
        "r.codes <> (SELECT array_agg(c ORDER BY c) FROM unnest(string_to_array(s.registers, ' ')) u(c))",
    ),
    _fixed(
        "meters",
        "digits",
        _METER,
        "EXISTS (SELECT FROM register r WHERE r.meter_id = t.id AND r.digits <> s.digits)",
    ),
    _fixed("opening_balances", "account", _OPENING, "a.account_number <> s.account OR t.kind <> 'opening'"),
    _fixed("opening_balances", "due_on", _OPENING, "t.kind = 'opening' AND t.due_on <> s.due_on"),
    _fixed("opening_balances", "amount", _OPENING, "t.kind = 'opening' AND t.total_minor <> s.amount_minor"),
    _fixed("deposits", "account", _DEPOSIT, "a.account_number <> s.account"),
    _fixed("deposits", "amount", _DEPOSIT, "t.amount_minor <> s.amount_minor"),
    _fixed("tier_use", "until_on", _TIER_USE, "t.until_on <> s.until_on"),
    _fixed("tier_use", "used_kwh", _TIER_USE, "t.used_wh <> s.used_wh"),
    _fixed("consents", "granted", _CONSENT, "t.granted <> s.granted"),
    _fixed("consents", "source", _CONSENT, "t.source <> s.source"),
)
