"""Drafts: what plain rules find in a text, as a bundle to fill in."""
