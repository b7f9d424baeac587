"""Detection of files that are not plain UTF-8 text, by their first bytes."""

COMPRESSED = {
    b"\x1f\x8b": "gzip",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
    b"PK\x03\x04": "zip",
}
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
UTF_8_BOM = b"\xef\xbb\xbf"
MAGIC_BYTES = 8
"""Number of bytes at the start of a file that are read."""


def encoding_error(start: bytes) -> str | None:
    """Return what is wrong with a file that begins with these bytes, and what to do, or None if it may be text."""
    for magic, name in COMPRESSED.items():
        if start.startswith(magic):
            return f"The file is compressed ({name}). Decompress it first."
    # Without a byte order mark, every other byte of Latin letters and punctuation in UTF-16 is zero.
    if start.startswith(UTF_16) or (len(start) > 1 and (start[0] == 0) != (start[1] == 0)):
        return "The file is UTF-16. Save it as UTF-8."
    return None
