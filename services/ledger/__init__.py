"""Append-only double entry and its open items."""
