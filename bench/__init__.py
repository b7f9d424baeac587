"""Benchmark: synthetic data of any size, and what it costs to load and serve it."""
