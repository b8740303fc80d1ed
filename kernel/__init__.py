"""What every room stands on: money, energy, time, numbers, rows, promises. It knows nothing of our trade."""
