"""Tests of seed/draft."""
