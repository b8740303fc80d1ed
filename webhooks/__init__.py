"""Door: vendors call back. Verify, store in the inbox, answer."""
