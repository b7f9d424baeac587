"""Helpers that several tests use."""

from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
"""The repository."""
