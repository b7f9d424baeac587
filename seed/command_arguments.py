"""Types of arguments and options that several commands share."""

from contextlib import closing, suppress
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem
from marshmallow import ValidationError, fields

from schemas import RECORDS, Party
from schemas.fields import Slug, Text
from schemas.references import is_id
from seed.completion import refs_like
from seed.settings import InvalidSettings, load_settings
from seed.storage.errors import DatabaseUnavailable
from seed.storage.references import RecordRef
from seed.storage.sqlite_file import open_readonly

FILE = click.Path(path_type=Path)
DAY = click.DateTime(["%Y-%m-%d"])
FOLDER = click.Path(file_okay=False, path_type=Path)


class LineType(click.ParamType[str]):
    """One line of text, as in records."""

    name = "text"
    field: fields.Field[str] = Text("A line.", example="A. Editor")

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the text. Raise BadParameter with what is wrong."""
        try:
            return str(self.field.deserialize(value))
        except ValidationError as error:
            self.fail(" ".join(map(str, error.messages)), param, ctx)


class IdType(LineType):
    """An id, as in records."""

    name = "id"
    field = Slug("An id.", example="lake-vey-article")


class RecordType(click.ParamType[RecordRef]):
    """A record as in the path of its page."""

    name = "record"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> RecordRef:
        """Return type and id. Raise BadParameter with what to write."""
        plural, _, id = str(value).partition("/")
        if plural not in RECORDS or not is_id(id):
            example = f"{Party.plural}/{Party.example}"
            self.fail(f"Write type and id, as in {example}. The types are: {', '.join(RECORDS)}.", param, ctx)
        return RecordRef(plural, id)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Return the stored records that begin with the typed text; empty without a database."""
        with suppress(DatabaseUnavailable, InvalidSettings):
            database = Path(load_settings().database)
            with closing(open_readonly(database)) as connection:
                return [CompletionItem(f"{ref.plural}/{ref.id}") for ref in refs_like(connection, incomplete)]
        return []


RECORD = RecordType()
author_option = partial(click.option, "--author", type=LineType(), help="Who makes the change; published with it.")
json_option = click.option("--json", "is_json", is_flag=True, help="Write the result to standard output as JSON.")
reason_option = partial(click.option, "--reason", type=LineType(), help="Why; published with the change.")


def to_date(context: click.Context, parameter: click.Parameter, value: datetime | None) -> date | None:
    """Return the date of a day, which click gives with a time."""
    return value.date() if value else None
