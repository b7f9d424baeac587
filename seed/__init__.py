"""How records get into the file: bundles, their checks, and the one writer. Imports schemas."""
