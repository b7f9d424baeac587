"""Servers that Readout is compared with, each in one small file, as a good engineer would write it."""
