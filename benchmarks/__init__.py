"""How near the limit the product works: python -m benchmarks."""
