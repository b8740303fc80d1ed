"""Door: the queue and the clock."""
