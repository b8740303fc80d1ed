"""The database's history; `run.py` applies it."""
