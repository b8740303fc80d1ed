"""Wires to vendors and devices, each with its simulator beside it."""
