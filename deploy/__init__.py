"""Deployment on more than one machine."""
