"""Bills: computed, issued, explained."""
