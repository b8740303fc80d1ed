"""SMS: Twilio, and the simulator that speaks its HTTP."""
