"""The endpoints of every record type: its list in each format, and the single record."""

from collections.abc import Mapping
from functools import partial

from flask import Flask, Response

from api.feeds import atom
from api.feeds.changes import FEED_QUERY, FOLLOWED, changes_about
from api.http.media_types import HTML, TEXT
from api.http.negotiation import bare, best_media_type
from api.http.query_params import get_or_404, parse_query
from api.http.serialization import JSON, link_parts, parse_record, pretty, record_json
from api.lists.formats import Format, Layout, formats
from api.lists.include import embed_related
from api.lists.list_parameters import record_query, record_text_query
from api.lists.markdown import MARKDOWN
from api.lists.markdown import PURPOSE as MARKDOWN_PURPOSE
from api.lists.markdown import SUFFIX as MARKDOWN_SUFFIX
from api.openapi.parameters import id_in_path
from api.openapi.routes import Endpoint, MediaType, add_page, add_route
from api.pages.clean_url import redirect_without_empty
from api.pages.list_page import LIST_PAGE
from api.pages.pictures.timeline import PICTURES
from api.pages.record_markdown import list_format, record_markdown
from api.pages.record_page import page_record
from api.pages.record_text import record_text
from schemas import RECORDS
from schemas.query_schema import DataQuery
from schemas.record import Record
from seed.storage.mapping import singular


def init_app(app: Flask) -> None:
    """Add the endpoints of every record type."""
    for record in RECORDS.values():
        add_lists(app, record)
        add_route(app, record_endpoint(record), partial(negotiate_record, record))
        add_route(app, record_endpoint(record, ".json"), partial(get_record, record))
        add_route(app, text_endpoint(record), partial(write_record, record))
        add_route(app, markdown_endpoint(record), partial(write_markdown, record))
        add_page(app, f"/{record.plural}/{{id}}", record_endpoint(record).operation, partial(show_record, record))
        if record.plural in FOLLOWED:
            add_route(app, feed_endpoint(record), partial(follow_record, record))


def add_lists(app: Flask, record: type[Record], layout: Layout | None = None) -> None:
    """Add the list of a type in all its formats, as text in a layout of its own or as a table."""
    available = all_formats(record, layout)
    by_media_type: dict[str, Format] = {}
    for format in (*available, LIST_PAGE):
        by_media_type.setdefault(format.bare, format)
    negotiate = partial(negotiate_list, by_media_type, record)
    for format in available:
        view = partial(list_records, format, record) if format.suffix else negotiate
        add_route(app, list_endpoint(record, format), view)
    endpoint = list_endpoint(record, available[0])
    add_page(app, endpoint.path, endpoint.operation, partial(list_records, LIST_PAGE, record))


def all_formats(record: type[Record], layout: Layout | None) -> list[Format]:
    """Return the formats of a type's list, as Markdown, and as a picture if it has one."""
    return [
        *formats(record, layout),
        list_format(layout),
        *([PICTURES[record.plural]] if record.plural in PICTURES else []),
    ]


def list_endpoint(record: type[Record], format: Format) -> Endpoint:
    """Return the endpoint of a type's list in one format."""
    return Endpoint(
        path=f"/{record.plural}{format.suffix}",
        purpose=f"The {record.plural}: {format.purpose}.",
        operation=f"list{record.plural.title()}",
        tag=record.plural if record.stored else "views",
        responses={} if format.suffix else {JSON: MediaType({"$ref": f"#/components/schemas/{record.__name__}List"})},
        query=format.query(record),
        pages=format.pages,
        suffix=format.suffix,
    )


def record_endpoint(record: type[Record], suffix: str = "") -> Endpoint:
    """Return the endpoint of a single record, with or without the suffix of its format."""
    name = singular(record.plural)
    schema = {"$ref": f"#/components/schemas/{record.__name__}"}
    return Endpoint(
        path=f"/{record.plural}/{{id}}{suffix}",
        purpose=f"One {name} by its id{', as JSON whatever Accept says' if suffix else ''}.",
        operation=f"get{name.title()}",
        tag=record.plural,
        responses={} if suffix else {JSON: MediaType(schema)},
        query=record_query(record),
        path_values=id_in_path(record),
        suffix=suffix,
    )


def text_endpoint(record: type[Record]) -> Endpoint:
    """Return the endpoint of a single record as text."""
    purpose = f"One {singular(record.plural)} as text for a terminal."
    return record_endpoint(record).in_format(".txt", purpose, record_text_query(record))


def markdown_endpoint(record: type[Record]) -> Endpoint:
    """Return the endpoint of a single record as Markdown."""
    purpose = f"One {singular(record.plural)} {MARKDOWN_PURPOSE}."
    return record_endpoint(record).in_format(MARKDOWN_SUFFIX, purpose, DataQuery())


def feed_endpoint(record: type[Record]) -> Endpoint:
    """Return the endpoint of the feed of a single record."""
    purpose = f"What was added, corrected or withdrawn that concerns one {singular(record.plural)}, as an Atom feed."
    return record_endpoint(record).in_format(atom.SUFFIX, purpose, FEED_QUERY)._replace(pages=True)


def negotiate_list(by_media_type: Mapping[str, Format], record: type[Record]) -> Response:
    """Respond with the records that match, in the format that the client prefers."""
    return list_records(by_media_type[best_media_type(list(by_media_type))], record)


def list_records(format: Format, record: type[Record]) -> Response:
    """Respond with the records that match, in one format."""
    if format is LIST_PAGE and (redirect := redirect_without_empty()):
        return redirect
    return format.respond(record, parse_query(format.query(record)))


def negotiate_record(record: type[Record], id: str) -> Response:
    """Respond with one record in the format that the client prefers."""
    by_media_type = {JSON: get_record, bare(HTML): show_record, bare(TEXT): write_record}
    by_media_type[bare(MARKDOWN)] = write_markdown
    if record.plural in FOLLOWED:
        by_media_type[bare(atom.ATOM)] = follow_record
    return by_media_type[best_media_type(list(by_media_type))](record, id)


def follow_record(record: type[Record], id: str) -> Response:
    """Respond with the feed of what concerns one record."""
    return atom.feed_response(changes_about(record, parse_query(FEED_QUERY), id))


def show_record(record: type[Record], id: str) -> Response:
    """Respond with the page of one record."""
    return redirect_without_empty() or page_record(record, id)


def write_record(record: type[Record], id: str) -> Response:
    """Respond with one record as text."""
    query = parse_query(record_text_query(record))
    data = parse_record(get_or_404(record.plural, id))
    return Response(record_text(record, data, query["width"]) + "\n", content_type=TEXT)


def write_markdown(record: type[Record], id: str) -> Response:
    """Respond with one record as Markdown."""
    parse_query(DataQuery())
    return record_markdown(record, parse_record(get_or_404(record.plural, id)))


def get_record(record: type[Record], id: str) -> Response:
    """Respond with one record as JSON."""
    query = parse_query(record_query(record))
    row = get_or_404(record.plural, id)
    included = embed_related(record, [row], query["include"]) if "include" in query else {}
    body = pretty(record_json(row, link_parts(record), query.get("fields"), included.get(id)))
    return Response(body, content_type=JSON)
