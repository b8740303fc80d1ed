"""What each error code says to people. docs/import.md lists the same codes; a test holds the two together."""

from kernel.i18n import N_

SENTENCES = {
    # files
    "missing_folder": N_("There is no folder %(text)s."),
    "missing_file": N_("The file is missing. It may have no rows, but its header line must be there."),
    "unknown_file": N_("An import folder has no such file. Known files: %(choices)s."),
    "empty_file": N_("The file is empty. Its first line must name the columns."),
    "missing_column": N_("The column is missing."),
    "unknown_column": N_("There is no such column here. Known columns: %(choices)s."),
    "duplicate_column": N_("The column is named twice."),
    # rows
    "bad_csv": N_("The row is not well-formed CSV: a quote is opened or closed in the wrong place."),
    "wrong_field_count": N_("The row has %(found)s fields, the header has %(expected)s."),
    "bad_encoding": N_("The text is not UTF-8."),
    # values
    "missing_value": N_("A value is needed here."),
    "too_long": N_("The text is longer than %(most)s characters."),
    "bad_characters": N_("The text contains control characters."),
    "bad_code": N_("%(text)s may only have letters, digits and . _ / - and no spaces."),
    "bad_account_number": N_("%(text)s is not an account number: 3 to 20 letters or digits."),
    "bad_number": N_("%(text)s is not a whole number."),
    "out_of_range": N_("%(text)s is outside the range from %(least)s to %(most)s."),
    "bad_date": N_("%(text)s is not a date. Write it like 2026-07-25."),
    "bad_instant": N_("%(text)s is not a time with its offset. Write it like 2026-07-25T09:30:00+08:00."),
    "date_in_future": N_("%(text)s lies in the future."),
    "bad_amount": N_("%(text)s is not an amount of money. Write it like 86.42."),
    "bad_energy": N_("%(text)s is not an amount of energy in kWh. Write it like 123.4."),
    "bad_phone": N_("This is not a telephone number that can exist."),
    "bad_email": N_("This is not an e-mail address."),
    "bad_identity": N_("This is not an identity number: 5 to 30 letters, digits or hyphens."),
    "bad_paper_code": N_("A paper code has 6 to 16 letters or digits."),
    "bad_registers": N_("The registers are either total alone or different ones of peak, flat, valley, sharp."),
    "unknown_choice": N_("%(text)s is not known here. Choose one of: %(choices)s."),
    "unknown_language": N_("The language %(text)s is not on offer. Languages: %(choices)s."),
    "unknown_tariff": N_("There is no tariff %(text)s. Known codes: %(choices)s."),
    "wrong_currency": N_("The currency %(text)s is not the utility's own, %(own)s."),
    # rows among each other
    "duplicate_in_file": N_("The same key stands in line %(first)s already."),
    "unknown_reference": N_("%(text)s is neither in the folder nor stored."),
    "ends_before_start": N_("It ends on %(ends_on)s, which is not after %(starts_on)s."),
    "overlapping_agreements": N_("The service point has the agreement %(other)s in the same time."),
    "agreement_outside_account": N_(
        "The agreement is not within the life of its account, %(opened_on)s to %(closed_on)s."
    ),
    "continues_not_ended": N_("The agreement %(other)s, which this one carries on, has not ended by its start."),
    "continued_twice": N_("The agreement %(other)s is carried on by another one already."),
    "overlapping_meters": N_("The service point has the meter %(other)s in the same time."),
    "unknown_register": N_("The meter has no register %(text)s."),
    "reading_before_installation": N_("The meter was installed on %(day)s."),
    "reading_after_removal": N_("The meter was removed on %(day)s."),
    "reading_too_large": N_("The register has %(digits)s digits and cannot show this."),
    "reading_backwards": N_("The register showed %(before)s kWh on %(day)s, more than here, and it is no rollover."),
    "account_closed": N_("The account was closed on %(day)s."),
    "bad_tier_year": N_("The day is not within the tier year, or the year's first day after it."),
    # against what is stored
    "differs_from_stored": N_("This is stored with another value, and it cannot be changed by an import."),
    "already_billed": N_("The agreement is billed up to %(day)s."),
}
