"""Bills and receipts on paper (PDF). Text goes into the typesetter as data, never as markup."""
