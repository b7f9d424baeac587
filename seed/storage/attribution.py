"""Attribution: the accounts of each record, derived in SQL from the record, its source and the parties involved."""

from collections.abc import Iterable, Iterator

from sqlite_utils import Database

from schemas import RECORDS, Addition, Proposal, Source, Statement
from schemas.derived import INFERRED, contribution, derived_fields
from schemas.fields import UNATTRIBUTED, UNATTRIBUTED_NAME
from schemas.record import Accounted, Cited, Dated, Record
from schemas.vocabularies import SOURCE_KINDS
from seed.storage.dirty import add_dirty, from_dirty, from_earlier_versions, with_changed_fields
from seed.storage.mapping import DATE_BOUNDS

ATTRIBUTED: dict[str, type[Record]] = {
    plural: record for plural, record in RECORDS.items() if issubclass(record, Cited)
}
"""The types whose records have accounts."""
LISTS = {"accounts", "principals"}
"""The derived lists that have their rows from here."""
OWN_WORDS = """
exists (select 1 from positions_statements e where e.id = r.id) and not exists (
    select 1 from positions_statements e join statements s on s.id = e.statement where e.id = r.id and (
        s.voice <> 'source' or (select group_concat(party) from statements_speakers w where w.id = s.id) is not r.party
        or exists (select 1 from sources_issued_by i where i.id = s.bundle and i.party <> r.party)
    )
)
"""
"""Condition on a position: its evidence is the party's own words, as journalists or the party itself report them."""
ON_NO_ACCOUNT = (
    "exists (select 1 from positions_statements e join statements s on s.id = e.statement"
    f" where e.id = r.id and s.voice = '{UNATTRIBUTED}')"
)
"""Condition on a position: its evidence includes unattributed statements."""
AGREED_STAGES = ("agreed", "agreed_in_principle")
AGREEING_STANCES = ("accepts", "accepts_in_part", "accepts_conditionally")
AGREEING = (
    "exists (select 1 from positions p where p.proposal = r.id and p.stance in {stances} and {explicit} and exists ("
    "select 1 from positions_accounts a join proposals_accounts b on b.account = a.account"
    " where a.id = p.id and b.id = r.id))"
)
HAS_INFERRED_STAGE = (
    f"r.stage in {AGREED_STAGES} and {AGREEING.format(stances=AGREEING_STANCES, explicit='true')}"
    f" and not {AGREEING.format(stances=AGREEING_STANCES, explicit='p.explicit')}"
)
"""Condition on a proposal: that it is agreed rests on positions that are all inferred, on the account of its stage."""
MOVED_POSITIONS = f"""
select proposal id from positions where id in (select id from dirty where type = 'positions')
union select old.record ->> 'proposal' {from_earlier_versions("positions")}
"""
"""The proposals of marked positions, and those that they were on before."""
IS_JOURNALISM = "not exists (select 1 from sources_issued_by i where i.id = r.bundle)"
EDITORS = "the editors"
"""Those who write the bundles."""


def mark_dependents(db: Database) -> None:
    """Mark the records whose attribution depends on a record that is marked already."""
    changed_parties = with_changed_fields("parties", ("name", "kind", "principal"))
    changed_sources = with_changed_fields("sources", ("publisher", "kind", "issued_by"))
    statements = "select id from dirty where type = 'statements'"
    for plural in ATTRIBUTED:
        add_dirty(db, plural, f"select id from {plural}_accounts where account in ({changed_parties})")
        add_dirty(db, plural, f'select id from "{plural}" where bundle in ({changed_sources})')
    issued = f"select id from sources_issued_by where party in ({changed_parties})"
    add_dirty(db, "statements", f"select id from statements where voice = '{UNATTRIBUTED}' and bundle in ({issued})")
    add_dirty(db, "statements", f"select id from statements_speakers where party in ({changed_parties})")
    add_dirty(db, "positions", f"select id from positions where party in ({changed_parties})")
    add_dirty(db, "positions", f"select id from positions_statements where statement in ({statements})")
    add_dirty(db, "proposals", MOVED_POSITIONS)


def update_attribution(db: Database) -> None:
    """Derive accounts, attribution and principals of every marked record."""
    for plural, record in ATTRIBUTED.items():
        _update_lists(db, plural, record)
    for plural, record in ATTRIBUTED.items():
        marked = f"id in (select id from dirty where type = '{plural}')"
        db.execute(
            f'update "{plural}" as r set (attribution, derived) = ({_attribution_and_members(record)}) where {marked}'
        )


def _attribution_and_members(record: type[Record]) -> str:
    """Return the SELECT of the attribution of a record `r`, and of its derived members, which include it.

    LIMIT keeps SQLite from evaluating the expression in both places.
    """
    attributed = f"(select {_attribution(record)} attribution limit 1) attributed"
    return f"select attribution, {_json_members(record, derived_fields(record))} from {attributed}"


def _update_lists(db: Database, plural: str, record: type[Record]) -> None:
    """Derive accounts and principals of the marked records of a type."""
    for name in LISTS & derived_fields(record).keys():
        db.execute(f"delete from {plural}_{name} where id in (select id from dirty where type = '{plural}')")
    bounds = [f"r.{name}" for name in DATE_BOUNDS if issubclass(record, Dated)]
    for rows in _accounts(record):
        db.execute(f"insert into {plural}_accounts {_select(plural, rows, bounds)}")
    if "principals" in derived_fields(record):
        for rows in _principals(record):
            db.execute(f"insert into {plural}_principals {_select(plural, rows, bounds)}")


Rows = tuple[str, str, str]
"""The ordinal and the value of a row, and the tables to join and conditions to meet."""


def _select(plural: str, rows: Rows, bounds: list[str]) -> str:
    ordinal, value, rest = rows
    return f"select {', '.join(['r.id', ordinal, value, *bounds])} {from_dirty(plural)} {rest}"


def _accounts(record: type[Record]) -> Iterator[Rows]:
    """Yield the accounts of the records of a type, by voice."""
    is_source_voice = "true"
    if issubclass(record, Accounted):
        is_source_voice = "r.voice = 'source'"
        yield "l.ordinal", "l.party", f"join {record.plural}_according_to l on l.id = r.id"
        yield "0", f"'{UNATTRIBUTED}'", f"where r.voice = '{UNATTRIBUTED}'"
    yield "l.ordinal", "l.party", f"join sources_issued_by l on l.id = r.bundle where {is_source_voice}"
    is_source_voice += f" and {IS_JOURNALISM}"
    if record is Statement:
        yield "l.ordinal", "l.party", f"join statements_speakers l on l.id = r.id where {is_source_voice}"
        return
    if "on_behalf_of" in record.declared():
        yield "0", "r.party", f"where {is_source_voice} and {OWN_WORDS}"
        is_source_voice += f" and not ({OWN_WORDS})"
    yield "0", "r.bundle", f"where {is_source_voice}"


def _principals(record: type[Record]) -> Iterator[Rows]:
    """Yield the parties for whom the records of a type count."""
    own = "r.record -> '$.on_behalf_of'"
    yield "l.ordinal", "l.party", f"join {record.plural}_on_behalf_of l on l.id = r.id"
    yield "0", "coalesce(p.principal, p.id)", f"join parties p on p.id = r.party where {own} = 'null'"
    yield "0", "r.party", f"where {own} = '[]'"


def _attribution(record: type[Record]) -> str:
    """Return the SQL of the attribution: the names of the accounts, of statements by others with the speaker first.

    A record without a voice is in the editors' words, whatever it rests on.
    """
    accounts = f"select {{name}} n from {record.plural}_accounts a where a.id = r.id order by a.ordinal"
    names = _join_names(accounts.format(name=_name("a.account")))
    with_article = _join_names(accounts.format(name=_name("a.account", article=True)))
    if record is Statement:
        speakers = _join_names(
            f"select {_name('a.party')} n from statements_speakers a where a.id = r.id order by a.ordinal"
        )
        return (
            f"case when {speakers} = {names} then {names}"
            f" when r.voice = '{UNATTRIBUTED}' then {speakers} || {_account_not_stated()}"
            f" else {speakers} || ', according to ' || {with_article} end"
        )
    if record is Proposal:
        return f"{names} || iif({HAS_INFERRED_STAGE}, '; stage inferred', '')"
    if not issubclass(record, Accounted):
        return f"'{EDITORS}, from ' || iif({IS_JOURNALISM}, '', 'a text by ') || {with_article}"
    if "explicit" not in record.declared():
        return names
    return (
        f"{names} || iif({ON_NO_ACCOUNT}, '; account of the words not stated', '') || iif(r.explicit, '', '{INFERRED}')"
    )


def _account_not_stated() -> str:
    """Return SQL for the suffix that the attribution of an unattributed statement has."""
    reported = "iif(r.quote is null, ', reported by ', ', quoted by ')"
    return f"{reported} || {_join_names(_reporting_source())} || '; {UNATTRIBUTED_NAME}'"


def _reporting_source() -> str:
    """Return the SELECT of the names `n` of those who issued the source of a record, or of the source itself."""
    issuers = f"select {_name('i.party', article=True)} n from sources_issued_by i where i.id = r.bundle"
    return f"{issuers} union all select ({_source_name('r.bundle')}) where {IS_JOURNALISM}"


def _join_names(names: str) -> str:
    """Return the SQL of names as an enumeration."""
    return f"(select case count(*) when 2 then group_concat(n, ' and ') else group_concat(n, ', ') end from ({names}))"


def _name(id: str, *, article: bool = False) -> str:
    """Return the SQL of the name of an account, with an article if it is an office; its id if it was purged."""
    name = "iif(kind = 'office' and name not like 'the %', 'the ' || name, name)" if article else "name"
    purged = f"iif({id} = '{UNATTRIBUTED}', 'not attributed', {id})"
    return f"coalesce((select {name} from parties where id = {id}), ({_source_name(id)}), {purged})"


def _source_name(id: str) -> str:
    """Return the SELECT of the name of a source in words: its publisher, or what it is."""
    labels = " ".join(f"when '{term.name}' then 'the {term.label}'" for term in SOURCE_KINDS.terms.values())
    return f"select coalesce(publisher, case kind {labels} end) from {Source.plural} where id = {id}"


def source_account() -> str:
    """Return the SQL of a JSON object with the accounts of a source `r` and their names: its issuers, or itself."""
    issuers = "select i.party, p.name n from sources_issued_by i join parties p on p.id = i.party"
    issuers += " where i.id = r.id order by i.ordinal"
    ids = f"(select iif(count(*), json_group_array(party), json_array(r.id)) from ({issuers}))"
    names = f"coalesce({_join_names(issuers)}, ({_source_name('r.id')}))"
    return f"json_object('accounts', json({ids}), 'attribution', {names})"


def _json_members(record: type[Record], names: Iterable[str]) -> str:
    """Return the SQL of derived members as the end of a JSON object: a comma, and the members without braces."""
    values = {
        "accounts": _array(f"{record.plural}_accounts", "account"),
        "attribution": "attributed.attribution",
        "principals": _array(f"{record.plural}_principals", "party"),
        "additions": _additions(record),
    }
    members = ", ".join(f"'{name}', {values[name]}" for name in names)
    json = f"json_object({members})"
    return f"',' || substr({json}, 2, length({json}) - 2)"


def _array(table: str, column: str) -> str:
    rows = f"select {column} from {table} where id = r.id order by ordinal"
    return f"(select json_group_array({column}) from ({rows}))"


def _additions(record: type[Record]) -> str:
    """Return the SQL of an array of what additions add to a record; null for a type that cannot be added to."""
    schema = contribution(record)
    if schema is None:
        return "null"
    own = {"addition": "id", "source": "bundle"}
    values = (f"'{name}', " + own.get(name, f"record -> '$.{name}'") for name in schema._declared_fields)
    rows = f"{record.plural}_additions l join {Addition.plural} a on a.id = l.addition where l.id = r.id"
    return (
        f"(select json_group_array(json_object({', '.join(values)})) from (select a.* from {rows} order by l.ordinal))"
    )
