"""How Readout runs on more than one machine."""
