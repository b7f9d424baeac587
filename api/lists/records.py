"""Endpoints of every record type: lists in every format, and single records."""

from functools import partial

from flask import Flask, Response

from api.http.query_params import get_or_404, parse_query
from api.http.serialization import JSON, best_media_type, json_response, link_parts, pretty, record_json
from api.lists.formats import Format, formats
from api.lists.include import embed_related
from api.lists.list_parameters import record_query
from api.openapi.field_converter import schema_for
from api.openapi.routes import EXAMPLE_BASE, Endpoint, MediaType, add_route
from api.openapi.schemas import example_record
from schemas import RECORDS
from schemas.record import Record
from seed.storage.mapping import singular


def init_app(app: Flask) -> None:
    """Add the endpoints of every record type."""
    for record in RECORDS.values():
        add_lists(app, record)
        add_route(app, record_endpoint(record), partial(one, record))


def add_lists(app: Flask, record: type[Record]) -> None:
    """Add the list of a type in every format."""
    for format in formats(record):
        view = partial(list_in, format, record) if format.suffix else partial(list_as_preferred, record)
        add_route(app, list_endpoint(record, format), view)


def list_endpoint(record: type[Record], format: Format) -> Endpoint:
    """Return the endpoint of a list in one format."""
    return Endpoint(
        path=f"/{record.plural}{format.suffix}",
        purpose=f"The {record.plural}: {format.purpose}.",
        operation=f"list{record.plural.title()}{format.suffix.removeprefix('.').title()}",
        tag=record.plural if record.stored else "views",
        responses={format.mimetype: format.answer_of(record)},
        query=format.query(record),
        pages=format.pages,
    )


def record_endpoint(record: type[Record]) -> Endpoint:
    """Return the endpoint of a single record."""
    one = singular(record.plural)
    id = record.declared()["id"]
    return Endpoint(
        path=f"/{record.plural}/{{id}}",
        purpose=f"One {one} by its id.",
        operation=f"get{one.title()}",
        tag=record.plural,
        responses={
            JSON: MediaType({"$ref": f"#/components/schemas/{record.__name__}"}, example_record(record, EXAMPLE_BASE))
        },
        query=record_query(record),
        path_values={
            "id": {"description": f"The id of the {one}.", "schema": schema_for(id), "example": record.example}
        },
    )


def list_as_preferred(record: type[Record]) -> Response:
    """Respond with a list in the format that the client accepts."""
    by_type = {format.bare: format for format in formats(record)}
    return list_in(by_type[best_media_type(list(by_type))], record)


def list_in(format: Format, record: type[Record]) -> Response:
    """Respond with a list in one format."""
    return format.respond(record, parse_query(format.query(record)))


def one(record: type[Record], id: str) -> Response:
    """Respond with one record."""
    query = parse_query(record_query(record))
    row = get_or_404(record.plural, id)
    beside = embed_related(record, [row], query["include"]) if "include" in query else {}
    return json_response(pretty(record_json(row, link_parts(record), query.get("fields"), beside.get(id))))
