"""Errors between stored records in words, for those who did not load a bundle: the doctor, and single changes."""

from collections.abc import Iterator

from sqlite_utils import Database

from seed.errors import part_of_chain
from seed.storage.additions import addition_conflicts
from seed.storage.definitions import contrary_relations, principal_chains, shared_identifiers
from seed.storage.references import (
    dangling_references,
    paragraphs_out_of_range,
    part_of_cycles,
    records_without_citation,
    records_without_source,
    shared_account_ids,
)


def reference_errors(db: Database, changed_in: int | None) -> Iterator[str]:
    """Yield the errors between records: those of the records that a revision changed, or all."""
    for holder, target in dangling_references(db, changed_in):
        yield f"{holder.plural}/{holder.id} refers to {target.plural}/{target.id}, which does not exist"
    for holder, source in records_without_source(db, changed_in):
        yield f"{holder.plural}/{holder.id} is in the bundle of sources/{source.id}, which does not exist"
    for holder, source in records_without_citation(db, changed_in):
        yield f"{holder.plural}/{holder.id} does not cite {source.id}, the source of its bundle"
    for plural, id in paragraphs_out_of_range(db, changed_in):
        yield f"{plural}/{id} cites a paragraph beyond the end of its source"
    for id in shared_account_ids(db, changed_in):
        yield f"parties/{id} and sources/{id} have one id, so that an account {id!r} could be either"
    for plural, cycle in part_of_cycles(db, changed_in):
        yield f"{plural}/{cycle[0]} is part of itself: {part_of_chain(cycle)}"
    for conflict in addition_conflicts(db, changed_in):
        yield f"additions/{conflict.addition.id} at {conflict.pointer}: {conflict.detail}"
    for proposal, other in contrary_relations(db, changed_in):
        yield f"proposals/{proposal} is narrower_than proposals/{other}, which is variant_of it: only one can hold"
    for party, principal, last in principal_chains(db, changed_in):
        yield f"parties/{party} has the principal {principal!r}, which itself acts for {last!r}: write the last one"
    for party, other, scheme, identifier in shared_identifiers(db, changed_in):
        yield f"parties/{party} and parties/{other} are both {identifier} in {scheme}: they are one, or one is wrong"
