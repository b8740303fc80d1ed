"""Messages, their receipts, and the consent ledger."""
