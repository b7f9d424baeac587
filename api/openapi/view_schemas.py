"""Schemas that views share with records: ids, accounts, dates and terms."""

from api.openapi.field_converter import schema_for
from api.openapi.schemas import id_schema
from schemas import Event, Issue, Party, Position, Proposal, Question, Source, Statement
from schemas.fields import AccountId, EdtfDate, VocabularyTerm
from schemas.vocabularies import CAPACITIES, DATE_BASES, EVENT_STATUSES, PROPOSAL_KINDS, QUESTION_STATUSES, STANCES

EVENT_ID, ISSUE_ID, PARTY_ID = id_schema(Event), id_schema(Issue), id_schema(Party)
POSITION_ID, PROPOSAL_ID, STATEMENT_ID = id_schema(Position), id_schema(Proposal), id_schema(Statement)
QUESTION_ID, SOURCE_ID = id_schema(Question), id_schema(Source)
ACCOUNT_ID = schema_for(AccountId("Who gives the account.", example="kremlin"))
DATE = schema_for(EdtfDate("The date."))
DATE_BASIS = schema_for(VocabularyTerm(DATE_BASES, "How the date was determined."))
STANCE = schema_for(VocabularyTerm(STANCES, "The stance."))
CAPACITY = schema_for(VocabularyTerm(CAPACITIES, "In which capacity the party acts for itself; null if not stated."))
EVENT_STATUS = schema_for(VocabularyTerm(EVENT_STATUSES, "The status of the event."))
PROPOSAL_KIND = schema_for(VocabularyTerm(PROPOSAL_KINDS, "What sort of proposal it is."))
QUESTION_STATUS = schema_for(VocabularyTerm(QUESTION_STATUSES, "Whether it is answered."))
