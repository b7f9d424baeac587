"""The version of the project, as in CHANGELOG.md."""

VERSION = "0.1.0"
