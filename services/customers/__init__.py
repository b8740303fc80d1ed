"""The people and firms we serve."""
