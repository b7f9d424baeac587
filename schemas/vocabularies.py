"""The closed vocabularies, each term with its definition and what other schemes call it.

The codes are those of CAMEO 0.7b5, PLOVER and PA-X. A term without a code has none that means the same or nearly so.
"""

from schemas.terms import Term, Vocabulary, close, exact

DATE_BASES = Vocabulary(
    "date-bases",
    "How a date was arrived at.",
    Term("stated", "The source gives the date itself, in absolute terms."),
    Term(
        "resolved",
        "Computed from a relative wording (a weekday, 'last week') and the source's reference date, which may itself "
        "be external: the source's own `date_basis` says.",
    ),
    Term("inferred", "No wording fixes it; the editor concludes it from the occasion or from what bounds it."),
    Term("external", "Known from outside the source."),
)

BASES = Vocabulary(
    "bases",
    "How an editor knows something.",
    Term("stated", "The source says it in so many words."),
    Term("inferred", "It follows from what the source says, such as a title or a possessive."),
    Term("external", "Known from outside the source."),
)

VOICES = Vocabulary(
    "voices",
    "Whose word a record is.",
    Term("source", "The source says it in its own voice; that somebody said something is the source's own word too."),
    Term("party", "The source reports it as the word of a party, which `according_to` names."),
    Term("unattributed", "The source reports it as said or done by others and names nobody."),
)

SOURCE_KINDS = Vocabulary(
    "source-kinds",
    "What sort of text a source is.",
    Term("news_article", "A journalist's report, in which several accounts may meet."),
    Term("readout", "One side's own published account of a call or a meeting."),
    Term("official_statement", "A text in which an office says something on its own behalf, other than a readout."),
    Term("agreement_text", "The text of what parties agreed or signed."),
    Term("transcript", "A record of spoken words, word for word."),
    Term("social_post", "A post on a social network."),
)

IDENTIFIER_SCHEMES = Vocabulary(
    "identifier-schemes",
    "Registers that give parties an identifier.",
    Term("wikidata", "The item in Wikidata, such as Q7747."),
)

PARTY_KINDS = Vocabulary(
    "party-kinds",
    "What sort of party it is.",
    Term("person", "One human being, named or not."),
    Term("state", "A country acting as one; its capital, used for it, is an alias and not a party."),
    Term("office", "An institution that acts or speaks for a state, such as a presidency or a ministry."),
    Term("armed_force", "A military or an armed body under a party's command."),
    Term("alliance", "States bound together by a treaty for their defence."),
    Term("media", "An outlet whose journalists report or put questions."),
    Term("platform", "A social network on which others publish."),
    Term("group", "Several people or bodies that the source takes together, named or not."),
)

PARTICIPANT_ROLES = Vocabulary(
    "participant-roles",
    "What a party does in an event.",
    Term("participant", "Takes part on a footing with the others, or in a way the source does not tell apart."),
    Term("leader", "Leads the talks, or a side in them."),
    Term("actor", "Does what the event is about: gives the order, exerts the pressure, makes the attack."),
    Term("target", "Is the one it is done to or aimed at."),
    Term("speaker", "Issues the words: of a statement, a post, a readout or an interview's answers."),
    Term("addressee", "Is the one the words or the order are directed to."),
    Term("interviewer", "Puts the questions."),
    Term("carrier", "Is the outlet or network that carries the words, with no part in them."),
    Term("mediator", "Tries to bring other parties to terms."),
    Term("host", "Has the others meet at its place, with no part in what they negotiate."),
)

EVENT_RELATIONS = Vocabulary(
    "event-relations",
    "How an event relates to another: this event … the other one.",
    Term("follows", "Comes after it, in the same course of things."),
    Term("part_of", "Is one part of it."),
    Term("readout_of", "Is one side's official account of it."),
    Term("comments_on", "Speaks of it, or judges it, without being an official account."),
    Term("response_to", "Is done because of it."),
    Term("related_to", "Hangs together with it in another way, or in one that the source does not give."),
)

EVENT_KINDS = Vocabulary(
    "event-kinds",
    "What sort of event it is.",
    Term(
        "call",
        "Parties speak with each other by telephone or video.",
        exact("CAMEO", "041"),
        close("PLOVER", "CONSULT"),
    ),
    Term("meeting", "Parties come together in one place, whatever they do there.", close("PLOVER", "CONSULT")),
    Term(
        "conversation",
        "Parties speak with each other by a means that the source does not give.",
        close("CAMEO", "040"),
        close("PLOVER", "CONSULT"),
    ),
    Term(
        "talks",
        "Parties or their delegations negotiate, in one session or a round.",
        exact("CAMEO", "046"),
        close("PLOVER", "CONSULT"),
    ),
    Term("working_group", "A body of experts or officials is set up to work on a matter."),
    Term(
        "mediation",
        "A party works to bring others to terms, over a stretch of time.",
        exact("CAMEO", "045"),
        close("PLOVER", "CONSULT"),
    ),
    Term(
        "statement", "A party says something in public, by a means that has no kind of its own.", exact("CAMEO", "010")
    ),
    Term("readout", "An office gives its account of a call or a meeting.", close("CAMEO", "010")),
    Term("post", "A party publishes words on a social network.", close("CAMEO", "010")),
    Term("interview", "A party answers a journalist's questions.", close("CAMEO", "010")),
    Term("promise", "A party says that it will do something, and nobody else has to agree.", close("PLOVER", "AGREE")),
    Term("order", "A party directs those under its own command to do or to leave something."),
    Term("acceptance", "A party agrees to what another proposed.", close("PLOVER", "AGREE")),
    Term("pressure", "A party presses another to do something, by whatever means."),
    Term(
        "suspension",
        "A party stops, for a time, something it had been giving or doing.",
        close("CAMEO", "1622"),
        close("PLOVER", "SANCTION"),
    ),
    Term(
        "sanctions",
        "A party imposes penalties in trade, finance or travel on another.",
        close("CAMEO", "163"),
        close("PLOVER", "SANCTION"),
    ),
    Term(
        "criticism",
        "A party, or people unnamed, find fault with another.",
        exact("CAMEO", "111"),
        close("PLOVER", "ACCUSE"),
    ),
    Term(
        "military_preparation",
        "Forces are gathered or made ready, short of their use.",
        close("CAMEO", "154"),
        close("PLOVER", "MOBILIZE"),
    ),
    Term(
        "attack",
        "Armed force is used against people or things.",
        close("CAMEO", "190"),
        close("PLOVER", "ASSAULT"),
    ),
)

EVENT_STATUSES = Vocabulary(
    "event-statuses",
    "Whether an event occurred, goes on, is to come, or is only said to be so.",
    Term("occurred", "It happened, on the account that the record gives."),
    Term("ongoing", "It began and had not ended when the source was written."),
    Term("scheduled", "It is to come, and its day or its place is set.", close("PLOVER", "future")),
    Term("planned", "It is to come, and neither day nor place is given.", close("PLOVER", "future")),
    Term("alleged", "A party says that another does or did it, and the source does not vouch for it."),
    Term(
        "threatened", "A party says that it will do it unless something else is done.", close("PLOVER", "hypothetical")
    ),
    Term("cancelled", "It was scheduled or planned, and was called off."),
)

PLOVER_EVENTS = Vocabulary(
    "plover-events",
    "PLOVER's types of event.",
    Term(
        "AGREE", "Shows willingness, or promises, to cooperate; covers what is still to come.", exact("PLOVER", "AGREE")
    ),
    Term("CONSULT", "Meets, visits, telephones or negotiates.", exact("PLOVER", "CONSULT")),
    Term("SUPPORT", "Backs in words or in diplomacy, or signs what was agreed.", exact("PLOVER", "SUPPORT")),
    Term("CONCEDE", "Yields in words, such as by declaring a ceasefire.", exact("PLOVER", "CONCEDE")),
    Term("COOPERATE", "Exchanges goods, forces or knowledge to the gain of both.", exact("PLOVER", "COOPERATE")),
    Term("AID", "Gives material help to the gain of the other.", exact("PLOVER", "AID")),
    Term(
        "RETREAT", "Yields in deed, such as by observing a ceasefire or freeing captives.", exact("PLOVER", "RETREAT")
    ),
    Term("REQUEST", "Demands that another do something.", exact("PLOVER", "REQUEST")),
    Term("ACCUSE", "Disapproves, blames or investigates.", exact("PLOVER", "ACCUSE")),
    Term("REJECT", "Refuses what was asked or proposed.", exact("PLOVER", "REJECT")),
    Term("THREATEN", "Warns of harm to come, unless or until.", exact("PLOVER", "THREATEN")),
    Term("PROTEST", "Demonstrates, strikes or shows dissent together.", exact("PLOVER", "PROTEST")),
    Term("SANCTION", "Cuts back relations, trade or help that was normal.", exact("PLOVER", "SANCTION")),
    Term("MOBILIZE", "Readies or moves forces, short of using them.", exact("PLOVER", "MOBILIZE")),
    Term("COERCE", "Represses: arrests, seizes, censors, restricts.", exact("PLOVER", "COERCE")),
    Term("ASSAULT", "Uses violence.", exact("PLOVER", "ASSAULT")),
)

PLOVER_MODES = Vocabulary(
    "plover-modes",
    "PLOVER's modes: how an event of a type takes place.",
    Term("visit", "CONSULT: one side travels to the other.", exact("PLOVER", "visit")),
    Term("third-party", "CONSULT: a third party hosts or mediates.", exact("PLOVER", "third-party")),
    Term(
        "multilateral", "CONSULT: many take part, as in an alliance or organisation.", exact("PLOVER", "multilateral")
    ),
    Term("phone", "CONSULT: by telephone or another remote means.", exact("PLOVER", "phone")),
    Term(
        "withdraw", "RETREAT, of forces; SANCTION, of people or means other than military.", exact("PLOVER", "withdraw")
    ),
    Term("release", "RETREAT: captives are freed.", exact("PLOVER", "release")),
    Term("disarm", "RETREAT: weapons are given up.", exact("PLOVER", "disarm")),
    Term("ceasefire", "RETREAT: a ceasefire is put into effect.", exact("PLOVER", "ceasefire")),
    Term("access", "RETREAT: observers, peacekeepers or relief are let in.", exact("PLOVER", "access")),
    Term("resign", "RETREAT: an official gives up office.", exact("PLOVER", "resign")),
    Term("assist", "REQUEST or REJECT: exchange, relations or help.", exact("PLOVER", "assist")),
    Term("change", "REQUEST or REJECT: another policy, leader or institution.", exact("PLOVER", "change")),
    Term("yield", "REQUEST or REJECT: a concession, such as a ceasefire or a release.", exact("PLOVER", "yield")),
    Term("meet", "REQUEST or REJECT: a meeting or negotiations.", exact("PLOVER", "meet")),
    Term("restrict", "THREATEN: to restrict trade or movement, sanctions included.", exact("PLOVER", "restrict")),
    Term("arrest", "THREATEN: to detain.", exact("PLOVER", "arrest")),
    Term("relations", "THREATEN: to break off relations or talks.", exact("PLOVER", "relations")),
    Term("expel", "THREATEN or SANCTION: to send people or members out.", exact("PLOVER", "expel")),
    Term("territory", "THREATEN: to seize land.", exact("PLOVER", "territory")),
    Term("violence", "THREATEN: to use force.", exact("PLOVER", "violence")),
    Term("convict", "SANCTION: a court finds against the other.", exact("PLOVER", "convict")),
    Term("discontinue", "SANCTION: exchange or help is reduced or stopped.", exact("PLOVER", "discontinue")),
    Term("disapprove", "ACCUSE: finds fault.", exact("PLOVER", "disapprove")),
    Term("investigate", "ACCUSE: opens or carries on an inquiry.", exact("PLOVER", "investigate")),
    Term("allege", "ACCUSE: charges the other with a wrong.", exact("PLOVER", "allege")),
)

PLOVER_CONTEXTS = Vocabulary(
    "plover-contexts",
    "PLOVER's contexts: the field in which an event takes place.",
    Term("diplomatic", "Relations between states and the talks between them.", exact("PLOVER", "diplomatic")),
    Term("military", "Armed forces, weapons and fighting.", exact("PLOVER", "military")),
    Term("intelligence", "Secret services and what they share.", exact("PLOVER", "intelligence")),
    Term("economic", "Trade, finance, energy and sanctions.", exact("PLOVER", "economic")),
    Term("territory", "Land, borders and who holds them.", exact("PLOVER", "territory")),
    Term("human_security", "The safety of civilians.", exact("PLOVER", "human_security")),
    Term("cbrn", "Chemical, biological, radiological and nuclear matters.", exact("PLOVER", "cbrn")),
)

PROPOSAL_RELATIONS = Vocabulary(
    "proposal-relations",
    "How a proposal relates to another: this proposal … the other one.",
    Term("part_of", "Is one part of it."),
    Term("condition_for", "Is to be met for it, or in it."),
    Term("step_after", "Comes after it in an order of steps."),
    Term("narrower_than", "Covers less of the same matter."),
    Term("supersedes", "Takes its place."),
    Term("enforces", "Would compel it."),
    Term(
        "variant_of",
        "May be the same thing in another account's wording, and is kept apart because the wordings differ.",
    ),
    Term("related_to", "Bears on it in some other way."),
)

PROPOSAL_KINDS = Vocabulary(
    "proposal-kinds",
    "What sort of proposal it is.",
    Term("ceasefire_general", "All fighting between the parties stops, for a time or for good.", close("PA-X", "Ceas")),
    Term(
        "ceasefire_limited",
        "One sort of target, one area or one weapon is spared, and the rest goes on.",
        close("PA-X", "Cea"),
    ),
    Term("confidence_building", "A step that shows good will and settles nothing.", close("PA-X", "Conf")),
    Term("condition", "Something that is to be met before or within something else."),
    Term("demand", "Something that one party wants another to do, and nothing is offered for it."),
    Term("negotiation_process", "How, in what order or in which body the talks go on.", close("PA-X", "Proc")),
    Term("security_arrangement", "How an area or a passage is kept safe, where no ceasefire is spoken of."),
    Term("mechanism", "How something agreed is carried out, watched over or enforced.", close("PA-X", "Imp")),
    Term("settlement", "An end to the whole conflict, or a text that would bring it.", close("PA-X", "SubComp")),
    Term("settlement_term", "One thing that a settlement would lay down.", close("PA-X", "SubPar")),
    Term("cooperation", "Relations or joint work between parties, apart from the terms on which a conflict ends."),
    Term("war_aim", "What a party is said to want from the war itself, put on the table or not."),
    Term("sanction", "A penalty that one party holds out to another."),
)

PROPOSAL_STAGES = Vocabulary(
    "proposal-stages",
    "How far a proposal has come, on the account that the record gives.",
    Term("floated", "Raised as a possibility, and offered to nobody."),
    Term("proposed", "Put forward for others to agree to or to act on, even where the source does not say to whom."),
    Term("threatened", "Held out as what will follow unless something else is done."),
    Term("under_discussion", "Talked about; no agreement is reported."),
    Term("to_be_negotiated", "Talks on it are announced and have not begun."),
    Term(
        "agreed_in_principle",
        "Those whom the account names agree that it is to be; its terms, its start or the consent of others is open.",
    ),
    Term("agreed", "Those whom the account names agree to it, and nothing about it is said to be open."),
    Term("planned", "Announced as something that will be done; not yet done."),
    Term("ordered", "A party has ordered its own side to carry it out; nobody else is thereby bound."),
    Term("in_effect", "It is being carried out."),
    Term("lapsed", "It ran out."),
    Term("withdrawn", "Whoever put it forward took it back."),
    Term("rejected", "Those who were to agree refused."),
)

STANCES = Vocabulary(
    "stances",
    "The stand a party takes on a proposal.",
    Term("proposes", "Puts it forward as something that others should agree to."),
    Term("floats", "Raises it as something that could or would be, and offers it to nobody."),
    Term("accepts", "Agrees to it.", close("PLOVER", "AGREE")),
    Term("accepts_in_part", "Agrees to some of it, and not to the rest."),
    Term("accepts_conditionally", "Agrees to it if something else is met; `conditions` names it."),
    Term("agrees_to_negotiate", "Agrees that there will be talks on it, which is not agreement to it."),
    Term("offers", "Says that it is ready to do or to give it."),
    Term("undertakes", "Says that it will do it.", close("PLOVER", "AGREE")),
    Term("orders", "Directs those under its own command to carry it out, which binds nobody else."),
    Term("supports", "Says that it is for it, without saying that it is bound by it.", close("PLOVER", "SUPPORT")),
    Term("welcomes", "Takes it well, without a word of agreement."),
    Term("calls_for", "Says that it is needed, and makes nothing hang on it."),
    Term("pursues", "Holds it as an aim or works towards it, whether or not it has put it to anyone."),
    Term("sets_conditions", "Says what must be met for it, and neither agrees nor refuses; `conditions` names it."),
    Term("raises_concerns", "Names difficulties or risks in it, and neither agrees nor refuses."),
    Term("withholds", "Is asked to agree, and neither agrees nor refuses."),
    Term("criticises", "Finds fault with it."),
    Term("withdraws", "Takes back what it, or somebody on its side, put forward."),
    Term("rejects", "Refuses it.", close("CAMEO", "127"), close("PLOVER", "REJECT")),
    Term("demands", "Insists that others do it or accept it.", exact("CAMEO", "100"), close("PLOVER", "REQUEST")),
    Term(
        "threatens",
        "Holds it out as what it will do to another.",
        exact("CAMEO", "130"),
        exact("PLOVER", "THREATEN"),
    ),
)

STATEMENT_FORMS = Vocabulary(
    "statement-forms",
    "Whether the source gives the words or restates them.",
    Term("quotation", "The source sets words in quotation marks, and `quote` holds them."),
    Term("paraphrase", "The source restates what was said, and `summary` restates it again."),
)

CHANNELS = Vocabulary(
    "channels",
    "The form in which words were made public.",
    Term("readout", "An office's account of a call or a meeting, or what it said about one."),
    Term("social_post", "A post on a social network."),
    Term("interview", "Answers to a journalist, in broadcast or print."),
    Term("remarks", "An answer or a comment given aloud, outside an interview."),
)

TOPICS = Vocabulary(
    "topics",
    "What a statement is about; accounts of one event are set side by side by it.",
    Term("call_overall", "How the call or the meeting went as a whole."),
    Term("peace_efforts", "The effort to end the war as a whole: readiness, promises, the process."),
    Term("energy_ceasefire", "Sparing energy sites, or energy and other infrastructure, from attack."),
    Term("black_sea", "Shipping, security and fighting in the Black Sea."),
    Term("full_ceasefire", "A stop to all fighting, for a time or as a step to peace."),
    Term("lasting_peace", "A peace that ends the war for good, and talks or texts to that end."),
    Term("enforcement", "How a ceasefire would be enforced, and whether a side would keep it."),
    Term("conditions", "What must be met for a truce, a settlement or calmer relations, in general."),
    Term("foreign_support", "Arms, intelligence and other military support from abroad."),
    Term("root_causes", "What a party holds to have brought the war about, and its security interests."),
    Term("division_of_assets", "Land, power plants and other assets, and who is to have them."),
    Term("next_talks", "Who is to talk next: rounds, delegations, technical and expert bodies."),
    Term("civilian_targets", "Attacks on civilian sites, and a stop to them."),
    Term("military_activity", "Forces gathered, moved or made ready."),
    Term("sanctions", "Penalties imposed, threatened or lifted."),
    Term("bilateral_relations", "Relations and cooperation between two states in general."),
    Term("economic_cooperation", "Joint work in trade, energy and investment."),
    Term("middle_east", "The crises of the Middle East."),
    Term("non_proliferation", "The spread of nuclear weapons, and joint work against it."),
    Term("sport", "Matches and other sporting ties."),
)

VOCABULARIES = {
    vocabulary.name: vocabulary for vocabulary in list(globals().values()) if isinstance(vocabulary, Vocabulary)
}
"""Every vocabulary by its name."""
