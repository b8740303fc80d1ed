"""The servers of a machine that has none: a real PostgreSQL and a real Valkey from wheels, under our supervisor."""
