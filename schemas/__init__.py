"""What a record is: fields, vocabularies, filters and the bundle. Imports nothing else of the project."""

# In the order in which a bundle is best read.
from schemas.record import Record
from schemas.source import Source as Source
from schemas.negotiation import Negotiation as Negotiation
from schemas.party import Party as Party
from schemas.issue import Issue as Issue
from schemas.event import Event as Event
from schemas.proposal import Proposal as Proposal
from schemas.position import Position as Position
from schemas.statement import Statement as Statement
from schemas.question import Question as Question
from schemas.addition import Addition as Addition

RECORDS: dict[str, type[Record]] = {record.plural: record for record in Record.__subclasses__()}
"""Every record type by its plural. A new type is its file and one import line above."""
