"""The records: a list in every format, and the single record, for every record type."""

from functools import partial

from flask import Flask, Response

from api.bodies import JSON, extras, json_response, laid_out, preferred, record_text
from api.endpoints import EXAMPLE_BASE, Answer, Endpoint, add
from api.formats import Format, formats
from api.included import included
from api.queries import asked, found
from schemas import RECORDS
from schemas.describe import example_of, shape_of
from schemas.layout import singular
from schemas.query import record_query
from schemas.record import Record


def init_app(app: Flask) -> None:
    """Add the endpoints of every record type."""
    for record in RECORDS.values():
        add_lists(app, record)
        add(app, record_endpoint(record), partial(one, record))


def add_lists(app: Flask, record: type[Record]) -> None:
    """Add the list of a type in all its formats."""
    for format in formats(record):
        view = partial(list_in, format, record) if format.suffix else partial(list_as_preferred, record)
        add(app, list_endpoint(record, format), view)


def list_endpoint(record: type[Record], format: Format) -> Endpoint:
    """The list of a type, in one format."""
    return Endpoint(
        path=f"/{record.plural}{format.suffix}",
        purpose=f"The {record.plural}: {format.purpose}.",
        operation=f"list{record.plural.title()}{format.suffix.removeprefix('.').title()}",
        tag=record.plural if record.stored else "views",
        answers={format.mimetype: format.answer_of(record)},
        query=format.query(record),
        pages=format.pages,
    )


def record_endpoint(record: type[Record]) -> Endpoint:
    """The single record of a type."""
    one = singular(record.plural)
    id = record.declared()["id"]
    return Endpoint(
        path=f"/{record.plural}/{{id}}",
        purpose=f"One {one} by its id.",
        operation=f"get{one.title()}",
        tag=record.plural,
        answers={JSON: Answer({"$ref": f"#/components/schemas/{record.__name__}"}, example_of(record, EXAMPLE_BASE))},
        query=record_query(record),
        path_values={"id": {"description": f"The id of the {one}.", "schema": shape_of(id), "example": record.example}},
    )


def list_as_preferred(record: type[Record]) -> Response:
    """The records that match, in the format that the client prefers."""
    by_type = {format.bare: format for format in formats(record)}
    return list_in(by_type[preferred(list(by_type))], record)


def list_in(format: Format, record: type[Record]) -> Response:
    """The records that match, in one format."""
    return format.respond(record, asked(format.query(record)))


def one(record: type[Record], id: str) -> Response:
    """One record by its id."""
    query = asked(record_query(record))
    row = found(record.plural, id)
    beside = included(record, [row], query["include"]) if "include" in query else {}
    return json_response(laid_out(record_text(row, extras(record), query.get("fields"), beside.get(id))))
