"""What Readout is measured beside: each in a small file, as a good engineer would write it."""
