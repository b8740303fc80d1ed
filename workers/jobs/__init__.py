"""What a queue worker does: each job loads, delegates to a journey, and names its failure."""
