"""The records of a draft, by type."""
