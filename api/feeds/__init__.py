"""Atom feeds of changes and of the timeline."""
