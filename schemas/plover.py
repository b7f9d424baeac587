"""The terms of PLOVER, which the codes of events use: types of event, modes and contexts."""

from schemas.terms import Term, Vocabulary, exact


def _plover(name: str, label: str, definition: str) -> Term:
    return Term(name, label, definition, exact("PLOVER", name))


PLOVER_EVENTS = Vocabulary(
    "plover-events",
    "PLOVER’s types of event.",
    _plover("AGREE", "agree", "Agrees or promises to cooperate, including to a meeting still to come."),
    _plover("CONSULT", "consult", "Meets, visits, telephones or negotiates."),
    _plover("SUPPORT", "support", "Gives verbal or diplomatic support, or signs what was agreed."),
    _plover("CONCEDE", "concede", "Yields in words, for example by declaring a ceasefire."),
    _plover("COOPERATE", "cooperate", "Exchanges goods, forces or information for mutual benefit."),
    _plover("AID", "aid", "Provides material help to another."),
    _plover("RETREAT", "retreat", "Yields in deed, for example by observing a ceasefire or freeing captives."),
    _plover("REQUEST", "request", "Asks or demands that another do something."),
    _plover("ACCUSE", "accuse", "Disapproves, blames or investigates."),
    _plover("REJECT", "reject", "Refuses a request, a demand or a proposal."),
    _plover("THREATEN", "threaten", "Warns of harm to come."),
    _plover("PROTEST", "protest", "Demonstrates, strikes or dissents as a group."),
    _plover("SANCTION", "sanction", "Reduces normal relations, trade or aid."),
    _plover("MOBILIZE", "mobilize", "Readies or moves forces without using them."),
    _plover("COERCE", "coerce", "Represses: arrests, seizes, censors or restricts."),
    _plover("ASSAULT", "assault", "Uses violence."),
)

MODES_BY_EVENT = {
    "CONSULT": {"visit", "third-party", "multilateral", "phone"},
    "RETREAT": {"withdraw", "release", "disarm", "ceasefire", "access", "resign"},
    "REQUEST": {"assist", "change", "yield", "meet"},
    "REJECT": {"assist", "change", "yield", "meet"},
    "THREATEN": {"restrict", "arrest", "relations", "expel", "territory", "violence"},
    "SANCTION": {"withdraw", "expel", "convict", "discontinue"},
    "ACCUSE": {"disapprove", "investigate", "allege"},
}
"""The modes of each event type that has modes."""

PLOVER_MODES = Vocabulary(
    "plover-modes",
    "PLOVER’s modes: how an event of a given type takes place.",
    _plover("visit", "visit", "CONSULT: one side travels to the other."),
    _plover("third-party", "third party", "CONSULT: a third party hosts or mediates."),
    _plover("multilateral", "multilateral", "CONSULT: many take part, as in an alliance or an organisation."),
    _plover("phone", "phone", "CONSULT: by telephone or another remote means."),
    _plover("withdraw", "withdraw", "RETREAT: forces leave. SANCTION: people or non-military means are withdrawn."),
    _plover("release", "release", "RETREAT: captives are freed."),
    _plover("disarm", "disarm", "RETREAT: weapons are given up."),
    _plover("ceasefire", "ceasefire", "RETREAT: a ceasefire is put into effect."),
    _plover("access", "access", "RETREAT: observers, peacekeepers or relief workers are let in."),
    _plover("resign", "resign", "RETREAT: an official leaves office."),
    _plover("assist", "assist", "REQUEST or REJECT: exchange, relations or help."),
    _plover("change", "change", "REQUEST or REJECT: another policy, leader or institution."),
    _plover("yield", "yield", "REQUEST or REJECT: a concession, such as a ceasefire or a release."),
    _plover("meet", "meet", "REQUEST or REJECT: a meeting or negotiations."),
    _plover("restrict", "restrict", "THREATEN: to restrict trade or movement, including by sanctions."),
    _plover("arrest", "arrest", "THREATEN: to detain."),
    _plover("relations", "relations", "THREATEN: to break off relations or talks."),
    _plover("expel", "expel", "THREATEN or SANCTION: to expel people or members."),
    _plover("territory", "territory", "THREATEN: to seize land."),
    _plover("violence", "violence", "THREATEN: to use force."),
    _plover("convict", "convict", "SANCTION: a court convicts the other."),
    _plover("discontinue", "discontinue", "SANCTION: exchange or help is reduced or stopped."),
    _plover("disapprove", "disapprove", "ACCUSE: criticises."),
    _plover("investigate", "investigate", "ACCUSE: opens or continues an inquiry."),
    _plover("allege", "allege", "ACCUSE: accuses another of wrongdoing."),
)

PLOVER_CONTEXTS = Vocabulary(
    "plover-contexts",
    "PLOVER’s contexts: the field in which an event takes place.",
    _plover("diplomatic", "diplomatic", "Relations between states, and talks between them."),
    _plover("military", "military", "Armed forces, weapons and fighting."),
    _plover("intelligence", "intelligence", "Secret services and the intelligence they share."),
    _plover("economic", "economic", "Trade, finance, energy and sanctions."),
    _plover("territory", "territory", "Land, borders and control of them."),
    _plover("human_security", "human security", "The safety of civilians."),
    _plover("cbrn", "CBRN", "Chemical, biological, radiological and nuclear matters."),
)
