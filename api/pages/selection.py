"""What the query of a page or a picture selects, in words: without that, "not recorded" would say too much."""

from collections.abc import Iterator
from typing import Any

from flask import request
from marshmallow import fields

from api.lists.text_table import safe_text
from api.openapi.routes import EMBED_PREFIX, Endpoint, endpoint_of_rule
from api.pages.embed import is_embedded
from api.pages.filter_form import value_labels, values_in_request
from api.pages.messages import declared, gettext
from api.pages.values import date_in_words, words
from schemas.filters import BooleanFilter, DateFilter, Filter, FullText, NotFilter

SUFFIXES = (".html", ".svg", ".png")
AS_OF = "as_of"


def requested_rule() -> str:
    """Return the rule of the requested path without the suffix, and without the prefix of pages to be framed."""
    rule = str(request.url_rule or "").removeprefix(EMBED_PREFIX if is_embedded() else "")
    suffix = next((each for each in SUFFIXES if rule.endswith(each)), "")
    return rule.removesuffix(suffix)


def selection_in_words() -> list[str]:
    """Return what a valid query selects, and what it so leaves out, a sentence each."""
    endpoint = endpoint_of_rule(requested_rule())
    if endpoint is None:
        return []
    as_of = request.args.get(AS_OF)
    filters = " · ".join(_filters_in_words(endpoint))
    return [
        *_required_in_words(endpoint),
        *([gettext("As it stood at the end of %(date)s.", date=date_in_words(as_of))] if as_of else []),
        *([gettext("Only: %(filters)s.", filters=filters)] if filters else []),
    ]


def title_with_selection(title: str) -> str:
    """Return the title of the requested page with what its query selects."""
    selection = selection_in_words()
    return f"{title}. {' '.join(selection)}".removesuffix(".") if selection else title


def _required_in_words(endpoint: Endpoint) -> Iterator[str]:
    """Yield a sentence for each parameter without which there would be no answer."""
    for name, field in endpoint.query.fields.items():
        if field.required and name in request.args:
            label = gettext("Words") if isinstance(field, FullText) else declared(words(name))
            yield f"{label}: {_values_in_words(name, field)}."


def _filters_in_words(endpoint: Endpoint) -> Iterator[str]:
    """Yield each parameter that leaves records out, in the order in which they are declared."""
    for name, field in endpoint.query.fields.items():
        if name in request.args and isinstance(field, Filter) and not field.required and name != AS_OF:
            yield f"{_label(name, field)} {_values_in_words(name, field)}"


def _label(name: str, field: fields.Field[Any]) -> str:
    if isinstance(field, FullText):
        return gettext("words")
    label = declared(words(name.removesuffix("__not")).lower())
    return gettext("%(name)s is not", name=label) if isinstance(field, NotFilter) else label


def _values_in_words(name: str, field: fields.Field[Any]) -> str:
    values = values_in_request(name, field)
    if isinstance(field, FullText):
        return safe_text(values[0])
    if isinstance(field, DateFilter):
        return date_in_words(values[0])
    if isinstance(field, BooleanFilter):
        return gettext("yes") if values == ["true"] else gettext("no")
    labels = value_labels(field, values)
    return ", ".join(labels.get(value) or safe_text(value) for value in values)
