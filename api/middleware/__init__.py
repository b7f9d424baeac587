"""ASGI middleware in front of Flask, one file each."""
