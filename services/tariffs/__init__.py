"""Dated tariff files and the exact rating kernel.

`book` finds the version of a tariff that holds on a day and was known by a time; `rating` turns quantities into lines;
`rules` is the kernel under it. Files are in `files/`; docs/tariffs.md says how to write one.
"""
