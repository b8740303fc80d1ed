"""Payments: attempts, settlement, receipts."""
