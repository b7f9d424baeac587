"""ASGI middleware in front of Flask, one class each."""
