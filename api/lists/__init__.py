"""Lists of records: queries, pagination, filters and the formats they come in."""
