"""HTTP: problem documents, query parameters, serialization, headers, compression and streaming."""
