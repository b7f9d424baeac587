"""How records get into the database and out of it: bundles, validation, loader, verify, doctor. Imports `schemas`."""
