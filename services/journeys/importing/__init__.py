"""A utility's own files, taken in whole or not at all: read, staged, checked, stored. docs/import.md is its contract.

`files` says what may stand in a folder, `staging` streams it into temporary tables, `checks` asks every question of the
whole set at once, `storing` writes what is new. `journeys/import_utility` opens the one transaction around them.
"""
