"""Card payments: Stripe, and the simulator that speaks its HTTP."""
