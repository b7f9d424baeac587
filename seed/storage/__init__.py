"""The SQLite file: mapping, tables, indexes, the writer and read connections."""
