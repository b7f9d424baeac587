"""The OpenAPI document, its schemas and the documentation page."""
