"""Endpoints about the service itself: index, examples, health, metrics."""
