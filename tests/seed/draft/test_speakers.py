"""Parties, speakers and candidate positions in invented sentences."""

import pytest

from seed.draft.parties import Parties, Party
from seed.draft.speakers import Speakers, quotations
from seed.draft.stances import candidates
from seed.draft.text import Sentence, sentences

KNOWN = [
    Party("arland", "Arland", is_known=True, kind="state"),
    Party("borland", "Borland", is_known=True, kind="state", aliases=("Bor City",)),
    Party("borland-ministry", "Foreign ministry of Borland", is_known=True, kind="office"),
    Party("ida-holm", "Ida Holm", is_known=True, is_person=True, kind="person"),
    Party("oto-reiss", "Oto Reiss", is_known=True, is_person=True, kind="person", aliases=("the Borland president",)),
    Party("zelenskyy", "Volodymyr Zelenskyy", is_known=True, is_person=True, kind="person"),
]


def read(
    *paragraphs: str, known: list[Party] = KNOWN, issuers: tuple[str, ...] = ()
) -> tuple[list[Sentence], Parties, Speakers]:
    found = sentences(list(paragraphs))
    parties = Parties((Party(**vars(party) | {"paragraphs": [], "titles": set()}) for party in known), found)
    return found, parties, Speakers(found, parties, tuple(parties.by_id[id] for id in issuers))


def speakers_of(*paragraphs: str) -> list[tuple[str, list[str], list[str]]]:
    found, _, speakers = read(*paragraphs)
    spans = [(sentence, span) for sentence in found for span in quotations(sentence)]
    said = [(sentence.text[slice(*span)], speakers.utterance(sentence, span)) for sentence, span in spans]
    return [(quote, [one.id for one in by.speakers], [one.id for one in by.according_to]) for quote, by in said]


def stances_of(*paragraphs: str, issuers: tuple[str, ...] = ()) -> list[tuple[str, str, list[str]]]:
    found, parties, speakers = read(*paragraphs, issuers=issuers)
    return [
        (one.party.id, one.stance, [party.id for party in one.according_to])
        for sentence in found
        for one in candidates(sentence, parties, speakers)
    ]


def test_sentence_ends_are_not_inside_quotations() -> None:
    found, _, _ = read("Mr. Holm said: “No. Never.” Then she left. “Why?” asked Reiss.")
    assert [sentence.text for sentence in found] == [
        "Mr. Holm said: “No. Never.”",
        "Then she left.",
        "“Why?” asked Reiss.",
    ]


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("Arland’s guns are silent, Holm said.", ["arland", "ida-holm"]),
        ("Borland’s foreign ministry said so.", ["borland-ministry"]),
        ("Talks in Bor City went on.", ["borland"]),
        ("Zelensky spoke to the Borland president.", ["zelenskyy", "oto-reiss"]),
        ("The arland of holm is a word.", []),
        ("The Arlandian side spoke.", ["arland"]),
        ("The Arlandian and Borlandish sides will do it.", ["arland", "borland"]),
        ("The Corlandian side spoke.", []),
    ],
)
def test_known_parties_are_found(text: str, ids: list[str]) -> None:
    """By name, alias, surname, spelling and inflection, but not in another case."""
    (sentence,), parties, _ = read(text)
    assert [mention.party.id for mention in parties.mentions(sentence)] == ids


def test_states_and_offices_of_new_names() -> None:
    text = "The Highland Front said so. Tessaly’s deputy foreign minister, Irena Vass, met the Front. Vass spoke."
    _, parties, _ = read(text, "Rebels and government left.", known=[])
    found = {one.id: (one.kind, one.role, one.principal and one.principal.id) for one in parties.in_order()}
    (sentence,), parties, _ = read("The delegations of Corland and Morland met Transport Minister Dora Vint.", known=[])
    assert [(one.party.name, one.party.kind) for one in parties.mentions(sentence)] == [
        ("Corland", "state"),
        ("Morland", "state"),
        ("Dora Vint", "person"),
    ]
    assert found == {
        "highland-front": ("armed_force", "", None),
        "tessaly": ("state", "", None),
        "irena-vass": ("person", "deputy foreign minister", "tessaly"),
    }


def test_new_names_become_parties() -> None:
    text = "President Ana Tem of Corland said that Corland agreed. Tem met Mira Sole, an envoy, in Lake Town on Monday."
    _, parties, _ = read(text, "A senior Corland official told Sole that Tem had left.", known=[])
    assert {party.id: (party.name, party.kind, party.named) for party in parties.in_order()} == {
        "ana-tem": ("Ana Tem", "person", True),
        "corland": ("Corland", "state", True),
        "mira-sole": ("Mira Sole", "person", True),
        "senior-corland-official": ("Senior Corland official", "person", False),
    }
    assert parties.others == {"Lake Town": [1]}


def new_parties(*paragraphs: str, known: list[Party] = KNOWN) -> dict[str, tuple[str, str, bool]]:
    _, parties, _ = read(*paragraphs, known=known)
    return {party.id: (party.name, party.kind, party.named) for party in parties.in_order() if not party.is_known}


def test_countries_are_states_unless_they_are_places_or_topics() -> None:
    text = "Egypt, Ethiopia and Sudan met in Cairo, Kenya. They discussed Chad and Niger. On Mali, nothing was said."
    assert new_parties(text) == {name.lower(): (name, "state", True) for name in ("Egypt", "Ethiopia", "Sudan")}


@pytest.mark.parametrize("name", ["The French Republic", "France", "FR", "F.R."])
def test_known_state_is_found_by_its_other_names(name: str) -> None:
    france = Party("france", "France", is_known=True, kind="state", country="FR", aliases=("FR",))
    (sentence,), parties, _ = read(f"{name} agreed.", known=[france])
    assert [mention.party.id for mention in parties.mentions(sentence)] == ["france"]


@pytest.mark.parametrize(
    ("role", "is_found"),
    [("President", True), ("Arlandian president", True), ("Arland’s President", True), ("former president", False)],
)
def test_known_person_is_found_by_the_office_in_a_state(role: str, is_found: bool) -> None:
    arland = Party("arland", "Arland", is_known=True, kind="state")
    holm = Party("holm", "Ida Holm", is_known=True, is_person=True, kind="person", role=role, principal=arland)
    (sentence,), parties, _ = read("The President of Arland agreed.", known=[arland, holm])
    assert ("holm" in [mention.party.id for mention in parties.mentions(sentence)]) is is_found


def test_words_for_several_parties_are_no_names() -> None:
    assert new_parties("The Foreign Ministers met. The Parties agreed, and both Governments said so.") == {}


def test_delegation_belongs_to_its_state() -> None:
    _, parties, _ = read("The Ethiopian delegation said that Ethiopia agreed.", "Arland’s delegation agreed.")
    found = {party.id: party.principal.id for party in parties.in_order() if party.kind == "group" and party.principal}
    assert found == {"ethiopian-delegation": "ethiopia", "arland-delegation": "arland"}


def test_office_of_somebody_is_one_name() -> None:
    text = "The Office of the President of the Republic of Kenya and the Kenyan military said that Kenya agreed."
    assert new_parties(text) == {
        "office-of-the-president-of-the-republic-of-kenya": (
            "Office of the President of the Republic of Kenya",
            "office",
            True,
        ),
        "kenyan-military": ("Kenyan military", "armed_force", True),
        "kenya": ("Kenya", "state", True),
    }
    assert new_parties("Kenya let 32 Arland military servicemen go.") == {"kenya": ("Kenya", "state", True)}


def test_part_of_a_name_is_no_name() -> None:
    text = "The Chancellor of the Federal Republic of Germany, Olga Rau, spoke. The Federal Republic of Germany agreed."
    assert new_parties(text) == {"germany": ("Germany", "state", True), "olga-rau": ("Olga Rau", "person", True)}


def test_title_of_a_state_before_a_name_is_one_person() -> None:
    text = "A call with President of the Republic of Kenya Ana Tem. Kenya agreed, and Tem thanked the Nile Basin Fund."
    found = new_parties(text)
    assert found["ana-tem"] == ("Ana Tem", "person", True)
    assert set(found) == {"ana-tem", "kenya"}


def test_noun_that_begins_a_sentence_is_no_party() -> None:
    assert new_parties("Attention was drawn to it. Confidence has grown. Kenyan and Ethiopian experts will meet.") == {}
    assert set(new_parties("Voros rejected it. Tem’s answer was short.")) == {"voros", "tem"}


def test_government_of_a_state_is_no_party_of_its_own() -> None:
    assert set(new_parties("The Governments of the United States of America and Kenya agreed.")) <= {
        "kenya",
        "united-states",
    }


def test_sides_are_the_states_in_the_heading_of_their_offices() -> None:
    found = stances_of(
        "Borland and Arland: a statement.",
        "Both sides agreed to it. We agree to it.",
        issuers=("borland-ministry", "ida-holm"),
    )
    assert [party for party, *_ in found] == ["borland", "arland", "borland-ministry", "ida-holm"]


def test_middle_initial_is_part_of_a_name() -> None:
    text = "President Ana B. Tem met Ida C. Holm. Tem agreed."
    assert new_parties(text) == {"ana-b-tem": ("Ana B. Tem", "person", True)}
    (first, _), parties, _ = read(text)
    assert [mention.party.id for mention in parties.mentions(first)] == ["ana-b-tem", "ida-holm"]


def test_title_without_a_name_is_an_unnamed_party() -> None:
    found = {"prime-minister": ("Prime Minister", "person", False)}
    assert new_parties("The Prime Minister called Holm. The Prime Minister agreed.") == found
    assert new_parties("The Prime Minister called Holm. Prime Minister Reiss agreed.") == {}
    assert new_parties("The Minister of fish called Holm.") == {}


def test_names_in_other_letters_have_ids_of_their_own() -> None:
    _, parties, _ = read("President Іван Кос spoke. Then Áron Tóth said no, and Áron Toth said yes.", known=[])
    assert {party.id for party in parties.in_order()} == {"ivan-kos", "aron-toth", "aron-toth-2"}


@pytest.mark.parametrize(
    ("text", "speakers", "according_to"),
    [
        ("Holm said Arland was “ready”.", ["ida-holm"], []),
        ("“We are ready,” said Holm.", ["ida-holm"], []),
        ("“We are ready,” Holm said.", ["ida-holm"], []),
        ("“We are ready”, said Holm.", ["ida-holm"], []),
        ("„We are ready“, said Holm.", ["ida-holm"], []),
        ("„We are ready,“ said Holm.", ["ida-holm"], []),
        ("‚We are ready‘, said Holm.", ["ida-holm"], []),
        ("»We are ready«, said Holm.", ["ida-holm"], []),
        ("›We are ready‹, said Holm.", ["ida-holm"], []),
        ("‹We are ready›, said Holm.", ["ida-holm"], []),
        ("「We are ready」 said Holm.", ["ida-holm"], []),
        ("『We are ready』 said Holm.", ["ida-holm"], []),
        ("Arland signed the “plan”, Holm said.", ["ida-holm"], []),
        ("“We are ready,” said Arland’s president, Ida Holm.", ["ida-holm"], []),
        ("Borland’s foreign ministry said Reiss insisted on “full access”.", ["oto-reiss"], ["borland-ministry"]),
        ("According to Holm, Reiss said he was “tired”.", ["oto-reiss"], ["ida-holm"]),
        ("Reiss called for “calm on all sides”, Holm said.", ["oto-reiss"], ["ida-holm"]),
        ("Holm told Reiss that she was “surprised”.", ["ida-holm"], []),
        ("The lake is called “the mirror” by all.", [], []),
        ("Holm left. The council has called it “a lease”.", [], []),
    ],
)
def test_speaker_of_a_quotation(text: str, speakers: list[str], according_to: list[str]) -> None:
    ((_, by, others),) = speakers_of(text)
    assert (by, others) == (speakers, according_to)


def test_speaker_goes_on_in_the_next_sentence() -> None:
    found = speakers_of("“Not yet,” said Holm. “Ask me later.”", "She added that it was “early”.")
    assert [by for _, by, _ in found] == [["ida-holm"]] * 3


def test_title_is_the_person_who_has_it_later_in_the_text() -> None:
    expected: list[tuple[str, str, list[str]]] = [(name, "accepts", []) for name in ("oto-reiss", "ida-holm")]
    text = "The Minister and the President agreed to it. President Holm met Minister Reiss."
    assert stances_of(text) == expected
    assert (
        stances_of("The Minister met the President.", "They agreed to it. President Holm met Minister Reiss.")
        == expected
    )


@pytest.mark.parametrize(
    "words",
    [
        "We agree to it.",
        "They agreed to it.",
        "The sides agreed to it.",
        "Both countries agreed to it.",
        "Two countries agreed to it.",
        "The two Presidents agreed to it.",
        "The Foreign Ministers agreed to it.",
        "Agreed: it.",
    ],
)
def test_issuers_are_meant_by_words_for_all(words: str) -> None:
    found = stances_of("Holm met Reiss in Borland.", words, issuers=("arland", "borland"))
    assert found == [("arland", "accepts", []), ("borland", "accepts", [])]


def test_sides_of_another_text_are_not_guessed() -> None:
    assert stances_of("Holm said that the sides had agreed.") == []


def test_they_refers_to_the_sentence_before() -> None:
    found = stances_of("Holm and Reiss said so. They agreed to it.", issuers=("arland", "borland"))
    assert found == [("ida-holm", "accepts", []), ("oto-reiss", "accepts", [])]


@pytest.mark.parametrize(
    "text", ["The Harn lock will be open.", "The limit will hold from May.", "Holm left. No law will change that."]
)
def test_what_a_thing_will_do_is_no_stance(text: str) -> None:
    assert stances_of("Arland met Borland.", text) == []


def test_name_of_a_body_may_have_a_possessive() -> None:
    _, parties, _ = read("The Parents’ Council said so. A clerk for the mayor, Pia Novak, said no.", known=[])
    assert [(one.name, one.kind, one.role) for one in parties.in_order()] == [
        ("Parents’ Council", "organisation", ""),
        ("Pia Novak", "person", "mayor"),
    ]


def test_pronoun_is_the_last_speaker_before_it() -> None:
    found = stances_of("Holm, who chairs the talks, spoke. She called on Borland to stop.", "“No,” said Reiss.")
    assert found == [("ida-holm", "calls_for", [])]


def test_government_is_the_state() -> None:
    assert stances_of("Arland left.", "Holm said the government had agreed to it.") == [
        ("arland", "accepts", ["ida-holm"])
    ]
    text = "Prime Minister of Borland, Ana Tem, met Holm. Tem said that her government would agree if Arland left."
    assert stances_of(text) == [("borland", "accepts_conditionally", ["ana-tem"])]


def test_office_in_a_state_is_the_person_named_with_it() -> None:
    text = "The Prime Minister of Borland, Ana Tem, met Holm. The Prime Minister of Borland accepted it."
    assert stances_of(text) == [("ana-tem", "accepts", [])]


def test_agreement_without_a_subject_is_that_of_both_people() -> None:
    found = stances_of("Holm met Reiss.", "It was agreed to reopen the road.", issuers=("arland",))
    assert found == [("ida-holm", "accepts", []), ("oto-reiss", "accepts", [])]


def test_both_leaders_are_the_two_people_named_last() -> None:
    assert speakers_of("Reiss met Holm.", "The two leaders said they would make “joint efforts”.") == [
        ("joint efforts", ["oto-reiss", "ida-holm"], [])
    ]


def test_comma_of_the_sentence_is_no_part_of_the_quotation() -> None:
    assert [quote for quote, *_ in speakers_of("“We are ready,” said Holm.")] == ["We are ready"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Arland accepted the halt.", [("arland", "accepts", [])]),
        ("Holm said that Borland had agreed to the halt.", [("borland", "accepts", ["ida-holm"])]),
        ("Reiss ordered his forces to stop.", [("oto-reiss", "orders", [])]),
        ("Holm reacted “positively” to it.", [("ida-holm", "welcomes", [])]),
        ("Holm responded constructively to it.", [("ida-holm", "welcomes", [])]),
        ("Arland and Borland agreed to remain in contact.", []),
        (
            "Holm and Reiss confirmed that they accepted it.",
            [("ida-holm", "accepts", []), ("oto-reiss", "accepts", [])],
        ),
        ("Borland stopped short of agreeing to the halt.", [("borland", "noncommittal", [])]),
        ("Rather than agree to it, Holm left.", [("ida-holm", "noncommittal", [])]),
        ("Arland agreed to hold talks.", [("arland", "agrees_to_negotiate", [])]),
        ("Arland will not withdraw.", [("arland", "rejects", [])]),
        ("Reiss spoke about Holm’s proposal.", [("ida-holm", "proposes", [])]),
        ("“We’ll get there,” said Holm.", [("ida-holm", "pursues", [])]),
        ("The halt was accepted by all.", []),
        ("Holm and Reiss met.", []),
        ("Arland expressed readiness to accept it.", [("arland", "accepts", [])]),
        ("Arland expressed readiness to do it.", [("arland", "offers", [])]),
        ("Arland reaffirmed its support for it.", [("arland", "supports", [])]),
        ("Arland reaffirmed its commitment to reach it.", [("arland", "pursues", [])]),
        ("Arland would at once begin negotiations on it.", [("arland", "agrees_to_negotiate", [])]),
        ("Arland calls upon Borland to do it.", [("arland", "calls_for", [])]),
        (
            "After a talk with Arland, Borland said that an agreement was reached.",
            [("borland", "accepts", [])],
        ),
        ("Arland will continue its discussions with Borland.", [("arland", "agrees_to_negotiate", [])]),
        ("Arland spoke of efforts that will help.", []),
        ("Arland helps by withdrawing its own candidacy.", [("arland", "withdraws", [])]),
        ("Arland has the intention to do it.", [("arland", "pursues", [])]),
        ("Arland agreed that Borland will leave.", [("arland", "accepts", [])]),
        (
            "Arland welcomed it and called on Borland to agree.",
            [("arland", "welcomes", []), ("arland", "calls_for", [])],
        ),
        ("Arland accepted it, and Borland rejected it.", [("arland", "accepts", []), ("borland", "rejects", [])]),
        ("Arland accepts it, provided that Borland leaves.", [("arland", "accepts_conditionally", [])]),
        ("Arland is ready to leave, provided that Borland stays.", [("arland", "offers", [])]),
        ("Holm did not rule out a visit.", []),
        ("Arland did not reach agreement on it.", []),
        ("The gate will be open, and both companies will publish it.", []),
        ("Holm said they were closer “than they will admit”.", []),
    ],
)
def test_verbs_become_candidate_positions(text: str, expected: list[tuple[str, str, list[str]]]) -> None:
    assert stances_of(text) == expected
