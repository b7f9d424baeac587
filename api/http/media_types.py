"""Media types that several modules respond with or accept; one that a single module has is declared there."""

CSV = "text/csv; charset=utf-8; header=present"
HTML = "text/html; charset=utf-8"
NDJSON = "application/x-ndjson"
TEXT = "text/plain; charset=utf-8"
YAML = "application/yaml"
"""RFC 9512."""
