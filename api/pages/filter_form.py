"""The form that narrows a page: a control for each filter that a person can fill in, derived from the query schema."""

from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from flask import request
from marshmallow import Schema, fields, validate

from api.database import current_revision, select
from api.lists.text_table import safe_text
from api.pages.labels import ACCOUNT_NAMES, account_name, label_of
from api.pages.messages import declared, gettext
from api.pages.values import plain_description, words
from schemas import RECORDS
from schemas.fields import AccountId, StrictBoolean, VocabularyTerm
from schemas.filters import AnyOf, DateFilter, Filter, FullText, NotFilter
from schemas.query_schema import KNOWN_AT
from seed.storage.collation import sort_key

MAX_OPTIONS = 300
"""Maximum number of records to choose from; if there are more, the control is a text field for an id."""

MAX_CACHED_CHOICES = 2 * len(RECORDS)
"""Number of lists of choices that are cached: those of each record type, in two revisions."""

NOT_KEPT = {"cursor", "after", KNOWN_AT}
"""The parameters without a control: those for a place in the unfiltered list, and `known_at`, which links keep."""


MAIN_FILTERS = {
    "q",
    "issue",
    "party",
    "account",
    "stance",
    "stage",
    "status",
    "kind",
    "type",
    "since",
    "until",
    "as_of",
}
"""The filters that a form shows at once: those for which most readers look."""
MAX_MAIN = 8
"""Maximum number of filters that a form shows without a part for the further ones."""


class Option(NamedTuple):
    """A choice of a control."""

    value: str
    label: str


class Control(NamedTuple):
    """A control of the form. Without options it is an input of a type; a checkbox keeps a parameter as it is."""

    name: str
    label: str
    help: str
    values: list[str]
    type: str = "text"
    options: list[Option] = []
    is_multiple: bool = False
    is_required: bool = False

    @property
    def is_main(self) -> bool:
        """Whether it is shown at once, and not among the further filters."""
        return self.is_required or bool(self.values) or self.name in MAIN_FILTERS

    def chosen(self) -> str:
        """Return the values that the request has, in words."""
        labels = {option.value: option.label for option in self.options}
        return ", ".join(labels.get(value) or safe_text(value) for value in self.values)


def filter_form(schema: Schema) -> list[Control]:
    """Return the controls for the filters of a query, and a checkbox for every other parameter that the request has."""
    controls = (_control(name, field) for name, field in schema.fields.items())
    return [control for control in controls if control is not None]


def further_filters(form: list[Control]) -> list[Control]:
    """Return the controls of a form that it shows only on demand; none if all of them are few."""
    return [control for control in form if not control.is_main] if len(form) > MAX_MAIN else []


def is_filtered(form: Iterable[Control]) -> bool:
    """Return whether the request has a value for any control of a form."""
    return any(control.values for control in form)


def _control(name: str, field: fields.Field[Any]) -> Control | None:
    label, help = declared(words(name.removesuffix("__not"))), plain_description(field)
    control = Control(name, label, help, values := values_in_request(name, field), is_required=field.required)
    if isinstance(field, NotFilter):
        label = gettext("%(name)s is not", name=label)
        return control._replace(label=label, type="checkbox", options=_options(field)) if values else None
    if isinstance(field, AnyOf):
        return control._replace(options=_options(field), is_multiple=field.least > 1 or len(values) > 1)
    if isinstance(field, DateFilter):
        return control._replace(type="date" if all(map(is_day, control.values)) else "text")
    for validator in field.validators:
        if isinstance(validator, validate.OneOf) and name != "layout":
            return control._replace(
                options=[Option(str(choice), declared(str(choice))) for choice in validator.choices]
            )
    if isinstance(field, Filter):
        return _full_text(control) if isinstance(field, FullText) else control
    is_place = name in NOT_KEPT or (name == "since" and "after" in request.args)
    return control._replace(type="checkbox") if values and not is_place else None


def _full_text(control: Control) -> Control:
    help = gettext("All words must occur. Put a phrase in quotation marks; a hyphen before a word excludes it.")
    return control._replace(label=gettext("Words"), help=help, type="search")


def is_day(value: str) -> bool:
    """Return whether a value is a day; a browser drops any other, such as a month, from a date control."""
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def values_in_request(name: str, field: fields.Field[Any]) -> list[str]:
    """Return the values that the request has for a parameter."""
    texts = request.args.getlist(name)
    return [value for text in texts for value in text.split(",")] if isinstance(field, AnyOf) else texts


def value_labels(field: fields.Field[Any], values: list[str]) -> dict[str, str]:
    """Return the labels of values of a parameter; if there are too many choices for a form, of these values only."""
    if not isinstance(field, AnyOf):
        return {}
    if choices := _options(field):
        return {option.value: option.label for option in choices}
    if field.to is None:
        return {}
    return {value: label_of(field.to, value) if field.to in RECORDS else account_name(value) for value in values}


def _options(field: AnyOf) -> list[Option]:
    """Return the choices of a filter, and no value if it may be chosen; none if there are too many."""
    choices = _choices(field)
    return [*choices, Option("null", gettext("no value"))] if choices and field.item.allow_none else choices


def _choices(field: AnyOf) -> list[Option]:
    offered = field.offered()
    if offered is not None:
        listed = dict.fromkeys([*offered, *values_in_request(str(field.name), field)])
        return _sorted([Option(id, account_name(id)) for id in listed])
    if isinstance(field.item, VocabularyTerm):
        return [Option(term.name, declared(term.label)) for term in field.item.vocabulary.terms.values()]
    if isinstance(field.item, StrictBoolean):
        return [Option("true", gettext("yes")), Option("false", gettext("no"))]
    if field.to is None:
        return []
    is_account = isinstance(field.item, AccountId) or field.to not in RECORDS
    return _records(current_revision().key, None if is_account else field.to)


@lru_cache(maxsize=MAX_CACHED_CHOICES)
def _records(key: str, plural: str | None) -> list[Option]:
    """Return the records of a type, or the accounts, in the order of their labels; none if there are too many."""
    names = f'select id, "{RECORDS[plural].label}" label from "{plural}"' if plural else ACCOUNT_NAMES
    options = [Option(row["id"], row["label"]) for row in select(f"{names} limit {MAX_OPTIONS + 1}")]
    return _sorted(options) if len(options) <= MAX_OPTIONS else []


def _sorted(options: list[Option]) -> list[Option]:
    return sorted(options, key=lambda option: sort_key(option.label))
