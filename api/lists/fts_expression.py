"""Parser of FTS5 expressions, as `schemas.full_text` writes them, for their evaluation with bitmaps."""

import re
from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

PART = re.compile(r'[()]|AND|OR|NOT|"[^"]*"\*?')
OPERATORS = ("AND", "OR", "NOT")
Node: TypeAlias = "Expression | str"
"""An expression, or a phrase in quotation marks; before `*`, its last word is a prefix."""


class Expression(NamedTuple):
    """Operands joined by the same operator."""

    operator: str
    operands: tuple[Node, ...]


def parse_expression(fts: str) -> Node:
    """Parse a query that `schemas.full_text` returned."""
    return _parse(iter(PART.findall(fts)))


def _parse(parts: Iterator[str]) -> Node:
    """Parse up to the closing parenthesis."""
    operator, operands = "AND", []
    for part in parts:
        if part == ")":
            break
        if part in OPERATORS:
            operator = part
        else:
            operands.append(_parse(parts) if part == "(" else part)
    return Expression(operator, tuple(operands)) if len(operands) > 1 else operands[0]


def write_expression(node: Node) -> str:
    """Return an expression in FTS5's query syntax."""
    if isinstance(node, str):
        return node
    return f"({f' {node.operator} '.join(map(write_expression, node.operands))})"


def required(node: Node) -> tuple[Node, ...]:
    """Return the expressions that must all match, without what is excluded."""
    if isinstance(node, str) or node.operator == "OR":
        return (node,)
    return required(node.operands[0]) if node.operator == "NOT" else node.operands
