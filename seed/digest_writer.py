"""Writing of the digests of a text into the source of a YAML bundle, without changing the rest of the file.

Why not load and dump: that would lose comments, folds and the order of fields.
"""

from pathlib import Path
from typing import Any

import yaml

from schemas.errors import FieldError
from seed.errors import BundleError, InvalidBundles
from seed.file_writer import replace_file
from seed.verify import digests, lines, normalize
from seed.yaml_document import LOADER, YamlError, parse_yaml


def write_digests(path: Path, article: str) -> bool:
    """Write the number and digests of the paragraphs of a text into a bundle; return whether it changed.

    A symbolic link is kept, and so are the permissions of the file. Raises InvalidBundles if the bundle has no source.
    """
    old = path.read_bytes().decode("utf-8-sig")
    new = with_digests(path, old, digests([normalize(line) for line in lines(article)]))
    if new != old:
        replace_file(path, new)
    return new != old


def with_digests(path: Path, text: str, fields: dict[str, Any]) -> str:
    """Return a bundle as text with other values for some fields of its source.

    Raises InvalidBundles if it has no source, or if something else would change with it.
    """
    data = parse_yaml(text).data
    sources = data.get("sources") if isinstance(data, dict) else None
    if not (isinstance(sources, list) and sources and isinstance(sources[0], dict) and "id" in sources[0]):
        raise InvalidBundles(
            [BundleError(path, 0, FieldError("/sources", "There is no source to write digests into."))]
        )
    source = _value(yaml.compose(text, Loader=LOADER), "sources").value[0]
    wanted = {**data, "sources": [{**sources[0], **fields}, *sources[1:]]}
    edits = [_edit(text, source, name, value) for name, value in fields.items()]
    for start, end, replacement in sorted(edits, reverse=True):
        text = text[:start] + replacement + text[end:]
    if not _has(text, wanted):
        detail = f"Digests cannot be written into YAML of this form. Write {', '.join(fields)} as plain fields."
        raise InvalidBundles([BundleError(path, 0, FieldError("/sources/0", detail))])
    return text


def _has(text: str, data: Any) -> bool:
    try:
        return bool(parse_yaml(text).data == data)
    except YamlError:
        return False


def _edit(text: str, source: yaml.MappingNode, name: str, value: Any) -> tuple[int, int, str]:
    """Return the edit that sets a field of the source: the span to replace, and its replacement."""
    column = source.value[0][0].start_mark.column
    field = f"{name}:{_to_yaml(value, column, is_flow=bool(source.flow_style))}"
    for key, old in source.value:
        if key.value == name:
            return key.start_mark.index, _end(old), field
    end = _end(_value(source, "id"))
    if source.flow_style:
        return end, end, f", {field}"
    line_end = text.find("\n", end)
    end = line_end if line_end >= 0 else len(text)
    return end, end, f"\n{' ' * column}{field}"


def _to_yaml(value: Any, column: int, *, is_flow: bool) -> str:
    """Return a value as YAML, for the text after the colon of a field that begins at `column`."""
    if not isinstance(value, list):
        return f" {value}"
    if is_flow or not value:
        return f" [{', '.join(value)}]"
    return "".join(f"\n{' ' * column}  - {item}" for item in value)


def _value(mapping: Any, name: str) -> Any:
    return next(value for key, value in mapping.value if key.value == name)


def _end(node: yaml.Node) -> int:
    """Return where a value ends: a block list after its last item, not at the next field."""
    is_block = isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value
    if not is_block:
        return int(node.end_mark.index)
    last = node.value[-1]
    return _end(last[1] if isinstance(node, yaml.MappingNode) else last)
