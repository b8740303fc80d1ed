"""What survives being killed: python -m trials."""
