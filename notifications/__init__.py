"""Composes what we say (templates per category and language, paper) and decides whether it may be said now."""
