"""Door: households on the web."""
