"""The closed vocabularies: every term with its label, definition, synonyms and codes in other schemes.

The codes are those of CAMEO 0.7b5, PLOVER and PA-X. A term has a code only if it means the same or nearly so.
"""

from schemas.plover import PLOVER_CONTEXTS, PLOVER_EVENTS, PLOVER_MODES
from schemas.terms import Term, Vocabulary, close, exact

DATE_BASES = Vocabulary(
    "date-bases",
    "How a date was determined.",
    Term("stated", "stated", "The source gives the date itself, as a calendar date, month or year."),
    Term(
        "resolved",
        "resolved",
        "Calculated from relative wording (a weekday, 'last week') and the reference date of the source. If that date "
        "is external, so is the certainty of this one: see the `date_basis` of the source.",
        synonyms="calculated, computed, derived",
    ),
    Term(
        "inferred",
        "inferred",
        "The source does not give it; the editor infers it from the occasion, or from what happened before and after.",
        synonyms="deduced, assumed",
    ),
    Term("external", "known from elsewhere", "Known from outside the source.", synonyms="outside knowledge"),
)

STATED = "stated"
"""The basis of a value that the source states."""
BASES = Vocabulary(
    "bases",
    "How the editor knows something.",
    Term("stated", "stated", "The source says it explicitly.", synonyms="explicit"),
    Term(
        "inferred",
        "inferred",
        "It follows from what the source says, for example from a title.",
        synonyms="deduced, assumed",
    ),
    Term("external", "known from elsewhere", "Known from outside the source.", synonyms="outside knowledge"),
)

VOICES = Vocabulary(
    "voices",
    "Who gives the account that a record rests on.",
    Term(
        "source",
        "the source",
        "The source says it in its own voice. That somebody said something is also the source’s own account.",
        synonyms="article, journalist, author",
    ),
    Term("party", "a party", "The source reports it as the account of the parties in `according_to`."),
    Term(
        "unattributed",
        "not attributed",
        "The source reports it as said or done by others and names nobody, or gives somebody’s words without saying who"
        " reports them.",
        synonyms="anonymous, unnamed, nobody",
    ),
)

SOURCE_KINDS = Vocabulary(
    "source-kinds",
    "What sort of text a source is.",
    Term(
        "news_article",
        "article",
        "A journalist’s report, which may combine several accounts.",
        synonyms="news article, news, report, press report",
    ),
    Term(
        "readout",
        "readout",
        "One side’s own published account of a call or a meeting.",
        synonyms="summary, official account",
    ),
    Term(
        "official_statement",
        "official statement",
        "A text in which one party speaks for itself, other than a readout.",
        synonyms="statement, press release, communique, declaration",
    ),
    Term(
        "joint_statement",
        "joint statement",
        "A text that two or more parties issue together.",
        synonyms="joint declaration, joint communique, communique of both sides",
    ),
    Term(
        "agreement_text",
        "text of an agreement",
        "The text of what parties agreed or signed.",
        synonyms="agreement, treaty, accord",
    ),
    Term("transcript", "transcript", "A word-for-word record of what was spoken.", synonyms="verbatim record"),
    Term("social_post", "social media post", "A post on a social network.", synonyms="post, tweet"),
)

IDENTIFIER_SCHEMES = Vocabulary(
    "identifier-schemes",
    "Registers that assign identifiers to parties.",
    Term("wikidata", "Wikidata", "The Wikidata item, for example Q7747."),
)

PARTY_KINDS = Vocabulary(
    "party-kinds",
    "What sort of party it is.",
    Term(
        "person",
        "person",
        "One human being, named or not.",
        synonyms="individual, politician, leader, president, official",
    ),
    Term(
        "state",
        "state",
        "A country acting as one. Its capital, used to mean the country, is an alias of it.",
        synonyms="country, nation, government",
    ),
    Term(
        "office",
        "office",
        "An institution that acts or speaks for a state, such as a presidency or a ministry.",
        synonyms="institution, ministry, presidency, agency",
    ),
    Term(
        "armed_force",
        "armed force",
        "A military, or an armed body under the command of another party.",
        synonyms="military, army, armed forces, militia",
    ),
    Term(
        "parliament",
        "parliament",
        "An assembly that makes the laws of a state, or one of its chambers.",
        synonyms="legislature, congress, assembly, senate, duma, rada",
    ),
    Term("alliance", "alliance", "States bound by a treaty of common defence.", synonyms="bloc, pact"),
    Term(
        "media",
        "news outlet",
        "An outlet whose journalists report or ask questions.",
        synonyms="outlet, newspaper, broadcaster, press",
    ),
    Term(
        "platform",
        "platform",
        "A social network on which others publish.",
        synonyms="social network, social media",
    ),
    Term(
        "organisation",
        "organisation",
        "A body that acts for no single state: an international organisation, a company, a charity.",
        synonyms="organization, international organisation, commission, company, firm, charity, ngo",
    ),
    Term(
        "group",
        "group",
        "Several people or bodies that the source mentions together and that act together, named or not.",
        synonyms="delegation, team, coalition",
    ),
)

PARTICIPANT_ROLES = Vocabulary(
    "participant-roles",
    "What a party does in an event.",
    Term(
        "participant",
        "participant",
        "Takes part on equal terms, or in a way that the source does not describe.",
        synonyms="attendee, member",
    ),
    Term("leader", "leader", "Leads the talks or one of the delegations.", synonyms="head, chair"),
    Term(
        "actor",
        "actor",
        "Does the deed: gives the order, exerts the pressure, carries out the attack.",
        synonyms="perpetrator, agent, attacker",
    ),
    Term("target", "target", "The deed is aimed at it, or it suffers the deed.", synonyms="victim"),
    Term(
        "speaker",
        "speaker",
        "Says or issues the words of a statement, post, readout or interview.",
        synonyms="author, interviewee",
    ),
    Term("addressee", "addressee", "The words or the order are directed at it.", synonyms="recipient"),
    Term("interviewer", "interviewer", "Asks the questions.", synonyms="journalist, reporter"),
    Term("carrier", "carrier", "The outlet or network that publishes the words of others.", synonyms="outlet, network"),
    Term("mediator", "mediator", "Tries to bring other parties to an agreement.", synonyms="broker, intermediary"),
    Term("host", "host", "Provides the place for others to meet, and does not negotiate.", synonyms="venue"),
)

EVENT_RELATIONS = Vocabulary(
    "event-relations",
    "How an event relates to another: this event … the other one.",
    Term("follows", "follows", "Comes after it in the same course of events.", synonyms="after, succeeds"),
    Term("part_of", "is part of", "Is one part of it.", synonyms="belongs to, within"),
    Term("readout_of", "is a readout of", "Is one side’s official account of it."),
    Term(
        "comments_on",
        "comments on",
        "Talks about it or judges it, without being an official account of it.",
        synonyms="about",
    ),
    Term(
        "response_to",
        "responds to",
        "Was done because of it.",
        synonyms="reaction to, caused by, because of, answers",
    ),
    Term(
        "related_to",
        "is related to",
        "Is connected with it in another way, or in a way the source does not explain.",
        synonyms="connected to, linked to",
    ),
)

EVENT_PROPOSAL_RELATIONS = Vocabulary(
    "event-proposal-relations",
    "What an event does to a proposal, or is to do if it has not happened: the event’s status says so.",
    Term("puts_forward", "puts forward", "A party puts the proposal forward.", synonyms="proposes, announces, offers"),
    Term("discusses", "discusses", "Parties talk about the proposal.", synonyms="negotiates, mentions"),
    Term(
        "agrees",
        "agrees to",
        "The parties the account names agree to the proposal or sign it.",
        synonyms="accepts, signs, concludes",
    ),
    Term(
        "orders",
        "orders",
        "A party orders its own side to carry the proposal out; whether that happens is not said.",
        synonyms="commands, instructs, decrees",
    ),
    Term(
        "carries_out",
        "carries out",
        "What the proposal says is done, in whole or in part.",
        synonyms="implements, fulfils, executes, honours, observes",
    ),
    Term("breaches", "breaches", "The opposite of what was agreed is done.", synonyms="violates, breaks, infringes"),
    Term("ends", "ends", "The proposal stops being in effect or on the table.", synonyms="terminates, cancels"),
)

EVENT_KINDS = Vocabulary(
    "event-kinds",
    "What sort of event it is.",
    Term(
        "call",
        "call",
        "Parties speak with each other by telephone or video.",
        exact("CAMEO", "041"),
        close("PLOVER", "CONSULT"),
        synonyms="phone call, telephone call, video call",
    ),
    Term(
        "meeting",
        "meeting",
        "Parties meet in one place, for any purpose other than a negotiating session.",
        close("PLOVER", "CONSULT"),
        synonyms="visit, summit, encounter",
    ),
    Term(
        "conversation",
        "conversation",
        "Parties speak with each other; the source does not say how.",
        close("CAMEO", "040"),
        close("PLOVER", "CONSULT"),
        synonyms="discussion",
    ),
    Term(
        "talks",
        "talks",
        "Parties or their delegations negotiate, in one session or a round of sessions.",
        exact("CAMEO", "046"),
        close("PLOVER", "CONSULT"),
        synonyms="negotiation, negotiations, round, negotiating round",
    ),
    Term(
        "working_group",
        "working group",
        "A body of experts or officials is set up to work on a matter.",
        synonyms="expert group, committee, task force",
    ),
    Term(
        "mediation",
        "mediation",
        "A party tries, over a period, to bring others to an agreement.",
        exact("CAMEO", "045"),
        close("PLOVER", "CONSULT"),
        synonyms="peace effort, brokering",
    ),
    Term(
        "statement",
        "statement",
        "A party says something publicly, in a form that no other kind covers.",
        exact("CAMEO", "010"),
        synonyms="remarks, speech, comment, press conference",
    ),
    Term(
        "readout",
        "readout",
        "An office gives its account of a call or a meeting.",
        close("CAMEO", "010"),
        synonyms="official account",
    ),
    Term(
        "post",
        "post",
        "A party publishes something on a social network.",
        close("CAMEO", "010"),
        synonyms="tweet, social post, social media post",
    ),
    Term("interview", "interview", "A party answers a journalist’s questions.", close("CAMEO", "010")),
    Term(
        "promise",
        "promise",
        "A party says it will do something; nobody else has to agree.",
        close("PLOVER", "AGREE"),
        synonyms="pledge, commitment",
    ),
    Term(
        "order",
        "order",
        "A party instructs those under its own command to do something or refrain from it.",
        synonyms="command, instruction, decree",
    ),
    Term(
        "acceptance",
        "acceptance",
        "A party agrees to what another proposed.",
        close("PLOVER", "AGREE"),
        synonyms="agreement, approval, consent",
    ),
    Term(
        "signing",
        "signing",
        "Parties sign or conclude an agreement.",
        close("CAMEO", "057"),
        close("PLOVER", "AGREE"),
        synonyms="signature, conclusion, ratification, initialling",
    ),
    Term(
        "message",
        "message",
        "A party passes a message to another, itself or through a third.",
        synonyms="letter, note, transmission, messenger",
    ),
    Term("pressure", "pressure", "A party pushes another to do something, by whatever means.", synonyms="coercion"),
    Term(
        "suspension",
        "suspension",
        "A party stops, for a time, something it had been giving or doing.",
        close("CAMEO", "1622"),
        close("PLOVER", "SANCTION"),
        synonyms="freeze, pause, halt",
    ),
    Term(
        "resumption",
        "resumption",
        "A party takes up again what it had suspended.",
        synonyms="restart, restoration, reinstatement, unfreezing",
    ),
    Term(
        "entry_into_force",
        "entry into force",
        "Something agreed or announced, such as a ceasefire, begins to apply.",
        synonyms="start, beginning, takes effect, effect",
    ),
    Term(
        "withdrawal",
        "withdrawal",
        "Forces or weapons leave a place.",
        close("CAMEO", "0874"),
        close("PLOVER", "RETREAT"),
        synonyms="pull-out, retreat, pullback, disengagement",
    ),
    Term(
        "release",
        "release",
        "People who are held are let go or exchanged, or remains are handed over.",
        close("CAMEO", "0841"),
        close("PLOVER", "RETREAT"),
        synonyms="prisoner exchange, exchange, prisoner swap, handover",
    ),
    Term(
        "aid",
        "aid",
        "A party gives another money, arms, intelligence or relief.",
        close("CAMEO", "070"),
        close("PLOVER", "AID"),
        synonyms="assistance, help, relief, delivery",
    ),
    Term(
        "sanctions",
        "sanctions",
        "A party imposes economic, financial or travel penalties on another.",
        close("CAMEO", "163"),
        close("PLOVER", "SANCTION"),
        synonyms="penalties, embargo, tariffs",
    ),
    Term(
        "criticism",
        "criticism",
        "A party, or people that the source does not name, criticise another.",
        exact("CAMEO", "111"),
        close("PLOVER", "ACCUSE"),
    ),
    Term(
        "military_preparation",
        "military preparation",
        "Forces are gathered or made ready, but not used.",
        close("CAMEO", "154"),
        close("PLOVER", "MOBILIZE"),
        synonyms="mobilization, mobilisation, build-up, deployment",
    ),
    Term(
        "attack",
        "attack",
        "Armed force is used against people or things.",
        close("CAMEO", "190"),
        close("PLOVER", "ASSAULT"),
        synonyms="strike, shelling, bombing, assault",
    ),
)

EVENT_STATUSES = Vocabulary(
    "event-statuses",
    "Whether an event happened, is going on, is to come, or is only alleged or threatened.",
    Term(
        "occurred",
        "occurred",
        "It happened, on the account that the record gives.",
        synonyms="happened, took place, past, done",
    ),
    Term(
        "ongoing",
        "ongoing",
        "It had begun and was still going on when the source was written.",
        synonyms="continuing, in progress, current, under way",
    ),
    Term(
        "scheduled",
        "scheduled",
        "It is to come, and its day or its place is set.",
        close("PLOVER", "future"),
        synonyms="set, dated, upcoming",
    ),
    Term(
        "planned",
        "planned",
        "It is to come, and neither its day nor its place is given.",
        close("PLOVER", "future"),
        synonyms="announced, future, expected",
    ),
    Term(
        "alleged",
        "alleged",
        "A party says that another does or did it, and the source does not confirm it.",
        synonyms="claimed, accused",
    ),
    Term(
        "threatened",
        "threatened",
        "A party says that it will do it unless something else is done.",
        close("PLOVER", "hypothetical"),
    ),
    Term(
        "cancelled",
        "cancelled",
        "It was scheduled or planned, and was called off.",
        synonyms="canceled, cancel, called off, dropped",
    ),
)

PROPOSAL_RELATIONS = Vocabulary(
    "proposal-relations",
    "How a proposal relates to another: this proposal … the other one.",
    Term("part_of", "is part of", "Is one part of it.", synonyms="belongs to, within"),
    Term(
        "condition_for",
        "is a condition for",
        "Has to be met before the other, or as part of it.",
        synonyms="required for",
    ),
    Term("step_after", "is a later step than", "Comes after it in an order of steps.", synonyms="follows, after"),
    Term("narrower_than", "is narrower than", "Covers less of the same matter.", synonyms="smaller than, subset of"),
    Term("supersedes", "supersedes", "Replaces it.", synonyms="replaces"),
    Term("enforces", "enforces", "Is meant to compel it.", synonyms="compels, penalty for"),
    Term(
        "variant_of",
        "may be the same as",
        "May be the same thing in the words of another account; kept separate because the wordings differ.",
        synonyms="same as, version of",
    ),
    Term(
        "related_to",
        "is related to",
        "Is connected with it in another way.",
        synonyms="connected to, linked to",
    ),
)

PROPOSAL_KINDS = Vocabulary(
    "proposal-kinds",
    "What sort of proposal it is.",
    Term(
        "ceasefire_general",
        "general ceasefire",
        "All fighting between the parties stops, for a time or for good.",
        close("PA-X", "Ceas"),
        synonyms="full ceasefire, truce, ceasefire",
    ),
    Term(
        "ceasefire_limited",
        "limited ceasefire",
        "Only one sort of target, one area or one weapon is spared.",
        close("PA-X", "Cea"),
        synonyms="partial ceasefire, moratorium",
    ),
    Term(
        "confidence_building",
        "confidence-building measure",
        "A step that shows good will without settling anything in dispute.",
        close("PA-X", "Conf"),
        synonyms="goodwill gesture",
    ),
    Term(
        "condition",
        "condition",
        "Something that has to be met before or within something else.",
        synonyms="precondition, prerequisite, requirement",
    ),
    Term(
        "demand",
        "demand",
        "Something one party wants another to do; nothing is offered or agreed in return.",
        synonyms="request, call",
    ),
    Term(
        "support",
        "support",
        "Arms, money, intelligence or other help for a party, given, resumed or ended.",
        synonyms="aid, military aid, assistance, intelligence sharing",
    ),
    Term(
        "humanitarian",
        "humanitarian measure",
        "Relief for people: exchanges of prisoners, the return of civilians, corridors, aid.",
        synonyms="prisoner exchange, prisoner swap, evacuation, relief, corridor",
    ),
    Term(
        "negotiation_process",
        "negotiation process",
        "How, in what order or in which body the talks are held.",
        close("PA-X", "Proc"),
        synonyms="process, talks, negotiations, roadmap",
    ),
    Term(
        "security_arrangement",
        "security arrangement",
        "How an area or a route is kept safe, if no ceasefire is mentioned.",
        synonyms="security, guarantee",
    ),
    Term(
        "mechanism",
        "mechanism",
        "How something agreed is carried out, monitored or enforced.",
        close("PA-X", "Imp"),
        synonyms="implementation, monitoring, verification",
    ),
    Term(
        "settlement",
        "settlement",
        "An end to the whole conflict, or an agreement that would bring it.",
        close("PA-X", "SubComp"),
        synonyms="peace deal, peace, peace agreement, deal",
    ),
    Term(
        "settlement_term",
        "term of a settlement",
        "One thing that a settlement would contain.",
        close("PA-X", "SubPar"),
        synonyms="term, clause, provision",
    ),
    Term(
        "cooperation",
        "cooperation",
        "Relations or joint work between parties, apart from ending a conflict.",
        synonyms="co-operation, partnership",
    ),
    Term(
        "war_aim",
        "war aim",
        "What a party is said to want from the war itself, whether or not it has been put forward.",
        synonyms="aim, goal, objective",
    ),
    Term("sanction", "sanction", "A penalty that one party threatens to impose on another.", synonyms="penalty"),
)

PROPOSAL_STAGES = Vocabulary(
    "proposal-stages",
    "How far a proposal has come, on the account that the record gives.",
    Term(
        "floated", "floated", "Raised as a possibility, and not offered to anybody.", synonyms="raised, suggested, idea"
    ),
    Term(
        "proposed",
        "proposed",
        "Put forward for others to agree to or act on, even if the source does not say to whom.",
        synonyms="put forward, offered, pending, demanded",
    ),
    Term(
        "threatened",
        "threatened",
        "Announced as what will follow unless something else is done.",
    ),
    Term(
        "under_discussion",
        "under discussion",
        "Discussed; no agreement is reported.",
        synonyms="discussed, talked about",
    ),
    Term(
        "to_be_negotiated",
        "to be negotiated",
        "Talks on it are announced and have not begun.",
        synonyms="talks announced",
    ),
    Term(
        "agreed_in_principle",
        "agreed in principle",
        "The parties the account names agree to it, but its terms, its start or the consent of others is open.",
        synonyms="in principle, partly agreed",
    ),
    Term(
        "agreed",
        "agreed",
        "The parties the account names agree to it, and nothing is said to be open.",
        synonyms="accepted, concluded, signed",
    ),
    Term("planned", "planned", "Announced as something that will be done; not yet done.", synonyms="announced"),
    Term(
        "promised",
        "promised",
        "Whoever put it forward has promised to do it; not yet done.",
        synonyms="pledged, vowed, undertaken, committed",
    ),
    Term(
        "ordered",
        "ordered",
        "A party has ordered its own side to carry it out; this binds nobody else.",
        synonyms="commanded, instructed",
    ),
    Term(
        "in_effect",
        "in effect",
        "It is being carried out.",
        synonyms="in force, implemented, active, effective, observed",
    ),
    Term("lapsed", "lapsed", "It expired.", synonyms="expired, ended, ran out"),
    Term("withdrawn", "withdrawn", "Whoever put it forward took it back.", synonyms="retracted, taken back, dropped"),
    Term(
        "rejected",
        "rejected",
        "Those who were asked to agree refused.",
        synonyms="refused, declined, turned down",
    ),
)

STANCES = Vocabulary(
    "stances",
    "What stance a party takes on a proposal.",
    Term(
        "proposes",
        "proposes",
        "Puts it forward for others to agree to.",
        side="for",
        synonyms="suggests, puts forward, tables",
    ),
    Term(
        "floats",
        "floats",
        "Mentions it as a possibility, without offering it to anybody.",
        side="for",
        synonyms="raises, hints, muses",
    ),
    Term(
        "accepts",
        "accepts",
        "Agrees to it; the account reports no conditions.",
        close("PLOVER", "AGREE"),
        side="for",
        synonyms="agrees, yes, approves, consents, agrees to, signs, signs up, signs up to, in favour",
    ),
    Term(
        "accepts_in_part",
        "accepts in part",
        "Agrees to some of it, and not to the rest.",
        side="qualified",
        synonyms="partly accepts, partially accepts, accepts partly",
    ),
    Term(
        "accepts_conditionally",
        "accepts on conditions",
        "Agrees to it if the conditions in `conditions` are met.",
        side="qualified",
        synonyms="agrees conditionally, conditionally accepts, accepts if, yes but, conditional, conditionally",
    ),
    Term(
        "agrees_to_negotiate",
        "agrees to negotiate",
        "Agrees to hold talks on it, which is not agreement to it.",
        side="open",
        synonyms="agrees to talk, agrees to talks, negotiates, open to talks",
    ),
    Term(
        "offers",
        "offers",
        "Says that it is ready to do or to give it, without saying that it will.",
        side="for",
        synonyms="is ready, ready to, willing, is willing",
    ),
    Term(
        "pledges",
        "pledges",
        "Says that it will do it, not only that it is ready to.",
        close("PLOVER", "AGREE"),
        side="for",
        synonyms="promises, undertakes, commits, vows, commits to, committed, will do",
    ),
    Term(
        "orders",
        "orders",
        "Instructs those under its own command to carry it out, which binds nobody else.",
        side="for",
        synonyms="commands, instructs, decrees, directs",
    ),
    Term(
        "supports",
        "supports",
        "Says it is in favour, without saying that it is bound by it.",
        close("PLOVER", "SUPPORT"),
        side="for",
        synonyms="backs, endorses, favours, favors, would support",
    ),
    Term(
        "welcomes",
        "welcomes",
        "Reacts positively, and says nothing of support or agreement.",
        side="for",
        synonyms="reacts positively, praises, positive, likes",
    ),
    Term(
        "calls_for",
        "calls for",
        "Says that it is needed, and makes nothing else depend on it.",
        side="for",
        synonyms="urges, appeals for, asks for, calls",
    ),
    Term(
        "pursues",
        "pursues",
        "Has it as an aim or works towards it, whether or not it has put it to anybody.",
        side="for",
        synonyms="seeks, aims, aims at, wants, works towards, intends",
    ),
    Term(
        "sets_conditions",
        "sets conditions",
        "Says which conditions must be met for it, and neither agrees nor refuses; `conditions` names them.",
        side="qualified",
        synonyms="conditions, attaches conditions, makes conditional",
    ),
    Term(
        "raises_concerns",
        "raises concerns",
        "Names difficulties or risks in it, and neither agrees nor refuses.",
        side="open",
        synonyms="questions, doubts, voices concern, is concerned, worries, has doubts",
    ),
    Term(
        "noncommittal",
        "is noncommittal",
        "Is asked to agree, and does not; the source does not say whether it refuses.",
        side="open",
        synonyms="withholds, undecided, evades, avoids, stops short, uncommitted, does not commit",
    ),
    Term(
        "criticises",
        "criticises",
        "Finds fault with it, without refusing it.",
        side="against",
        synonyms="criticizes, faults, condemns, denounces, disapproves, deplores",
    ),
    Term(
        "withdraws",
        "withdraws",
        "Takes back what it, or somebody on its side, had put forward.",
        side="against",
        synonyms="retracts, takes back, pulls out, revokes",
    ),
    Term(
        "rejects",
        "rejects",
        "Refuses it.",
        close("CAMEO", "127"),
        close("PLOVER", "REJECT"),
        side="against",
        synonyms="refuses, opposes, no, declines, disagrees, turns down, against, objects, rules out, unwilling",
    ),
    Term(
        "demands",
        "demands",
        "Insists that others do it or accept it.",
        exact("CAMEO", "100"),
        close("PLOVER", "REQUEST"),
        side="for",
        synonyms="insists, insists on, requires",
    ),
    Term(
        "threatens",
        "threatens",
        "Says it will do it to another unless something else is done.",
        exact("CAMEO", "130"),
        exact("PLOVER", "THREATEN"),
        side="for",
        synonyms="warns of, threatens with",
    ),
)

CAPACITIES = Vocabulary(
    "capacities",
    "In which capacity a party acts for itself, and not for its principal.",
    Term("candidate", "as a candidate", "Runs for an office.", synonyms="in a campaign, campaign, running for office"),
    Term(
        "former_office",
        "as a former office-holder",
        "Held an office before, and speaks as its former holder.",
        synonyms="former president, former minister, ex-president",
    ),
    Term("business", "as a business owner", "Acts for a company or property of its own.", synonyms="entrepreneur"),
    Term("private", "as a private person", "Acts for itself in any other way.", synonyms="in a private capacity"),
)

STATEMENT_FORMS = Vocabulary(
    "statement-forms",
    "Whether the source gives the words or restates them.",
    Term(
        "quotation",
        "quotation",
        "The words are in `quote`: the source puts them in quotation marks, or they are from a party’s own text.",
        synonyms="quote, quoted, verbatim, direct",
    ),
    Term(
        "paraphrase",
        "paraphrase",
        "The source reports in its own words what was said; `summary` puts that in ours.",
        synonyms="indirect, reported, summary, restated",
    ),
)

CHANNELS = Vocabulary(
    "channels",
    "The form in which words were made public.",
    Term(
        "readout",
        "readout",
        "An office’s account of a call or a meeting, or what it said about one.",
        synonyms="official account",
    ),
    Term("social_post", "social media post", "A post on a social network.", synonyms="post, tweet"),
    Term("interview", "interview", "Answers to a journalist, broadcast or printed."),
    Term(
        "remarks",
        "remarks",
        "Something said in person outside an interview: a speech, an answer, a comment.",
        synonyms="speech, press conference, statement, comment",
    ),
)

QUESTION_STATUSES = Vocabulary(
    "question-statuses",
    "Whether the sources answer a question.",
    Term("open", "open", "No source answers it.", synonyms="unanswered, unknown, unresolved"),
    Term("answered", "answered", "A source answers it.", synonyms="resolved, known"),
    Term(
        "contradictory",
        "contradictory",
        "Accounts give different answers, and no source says which is right.",
        synonyms="disputed, contested, conflicting",
    ),
)

VOCABULARIES = {
    vocabulary.name: vocabulary
    for vocabulary in (
        DATE_BASES,
        BASES,
        VOICES,
        SOURCE_KINDS,
        IDENTIFIER_SCHEMES,
        PARTY_KINDS,
        PARTICIPANT_ROLES,
        EVENT_RELATIONS,
        EVENT_PROPOSAL_RELATIONS,
        EVENT_KINDS,
        EVENT_STATUSES,
        PLOVER_EVENTS,
        PLOVER_MODES,
        PLOVER_CONTEXTS,
        PROPOSAL_RELATIONS,
        PROPOSAL_KINDS,
        PROPOSAL_STAGES,
        STANCES,
        CAPACITIES,
        STATEMENT_FORMS,
        CHANNELS,
        QUESTION_STATUSES,
    )
}
"""Every vocabulary by its name, in the order in which they are served."""
