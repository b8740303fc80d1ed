"""Accounts, agreements, and who is tied to them."""
