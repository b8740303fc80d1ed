"""What the vendors' simulators share: one SQLite file, the delivery of signed callbacks, switches for tests, the pages
at /_sim. Never loaded in production."""
