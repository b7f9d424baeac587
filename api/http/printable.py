"""Text from clients, made safe to print in errors and logs."""


def printable(text: str) -> str:
    r"""Escape control, bidirectional and other invisible characters as Python does: `\x9b`, `\u202e`."""
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else repr(character)[1:-1] for character in text)
