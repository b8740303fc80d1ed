"""The house: one room per capability; journeys are its table of contents."""
