"""Writing over HTTP: bundles and records, for those who have a token."""
