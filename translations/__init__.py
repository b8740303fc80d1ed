"""Message catalogues (gettext), one folder per language."""
