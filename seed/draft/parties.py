"""Parties in a text: known ones by name, alias and inflection, and names that may be new parties."""

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from schemas.countries import country_code, country_codes, country_names
from schemas.named_ids import as_id
from schemas.spellings import spellings_of
from seed.draft.offices import TITLE, OfficeHolder, office_holders, state_names
from seed.draft.stance_words import candidate_words
from seed.draft.text import Sentence, context_start
from seed.draft.word_lists import (
    BODY_KINDS,
    CALENDAR_WORDS,
    COLLECTIVES,
    NAME_KINDS,
    OFFICES,
    PLACES,
    STARTERS,
    STATES,
    TITLES,
    VERBS,
    any_of,
)

T = TypeVar("T")
TOKEN = re.compile(r"[^\W_](?:[\w.-]*\w)?(?:[’'](?!s\b)\w+)?")
"""A word; the possessive ending is no part of it."""
POSSESSIVE = re.compile(r"[’'](?:s\b)?")
PERSON_NAME = re.compile(r"[A-Z][\w’'-]+(?: [A-Z]\.| (?:bin|al|de|van|von))* [A-Z][\w’'-]+")
MIN_MINISTER_WORDS = 4
"""Minimum number of words in a name with a portfolio: Transport Minister Dora Vint."""
MAX_NAME_WORDS = 12
LINKS = {"of", "for", "and", "the", "de", "del", "al", "bin", "ibn", "van", "von"}
"""Lower-case words inside names."""
INVERTED = re.compile(r"(?P<body>.+?) of (?:the )?(?P<owner>[^\W\d_][\w’' -]*)")
DEMONYM = re.compile(r".+(?:an|ian|ish|ese|i|ch|ic)")
UNNAMED = re.compile(rf"\b[Aa]n? (?:[\w-]+ ){{0,3}}?{any_of('unnamed')}\b(?! of \w+ing)")
OFFICE = re.compile(
    rf"(?P<owner>[A-Z][\w-]*)(?:[’']s)? (?P<body>(?:(?!and\b|or\b)[a-z]+ )?{any_of('offices')})\b"
    r"(?! \w+(?:men|women|personnel)\b)"
)
OFFICE_OF = re.compile(rf"{any_of('offices')} of ", re.IGNORECASE)
"""Beginnings of the names of offices: Office of the President, Ministry of Fish."""
WHOLE_TITLE = rf"(?:{TITLE} )*{TITLE}"
"""One or several titles: Vice President, Deputy Prime Minister."""
OF_STATE = r"(?-i: of (?:the )?[A-Z]\w+(?: (?:of )?(?:the )?[A-Z]\w+){0,5})"
ACTOR_BEFORE = re.compile(
    rf"(?:\b(?:told|by|with|urged|asked|between|met|according to|addressed to)(?: the)? "
    rf"|\b{TITLE}{OF_STATE}?,? |[’']s (?=[A-Z]\w+ [A-Z]\w+\b(?! [a-z]+ed\b)))$",
    re.IGNORECASE,
)
"""Words before the name of somebody who acts or is spoken to."""
TITLE_BEFORE = re.compile(rf"\b({TITLE}){OF_STATE}?,? $", re.IGNORECASE)
TITLED_NAME = re.compile(rf"\b({TITLE}),? (?!{TITLE}\b)[A-Z]\w")
TITLE_ALONE = re.compile(rf"\b[Tt]he (?P<title>{WHOLE_TITLE})\b(?! (?:of|for)\b| [A-Z]|-)")
OFFICE_ROLE = re.compile(rf"(?P<owner>\S+ )??(?P<office>{WHOLE_TITLE})(?: of .+)?", re.IGNORECASE)
"""The role of a party that is an office, perhaps with the state: US president."""
LEADER_BEFORE = re.compile(r"\bby (?:the )?[^,.;]{0,60}?,? ?$")
"""Words between a delegation and whoever leads it."""
PLACE_BEFORE = re.compile(r"\b(?:in|at|near|to|from|of|on) (?:the )?(?:[A-Z]\w+, )?$")
TOPIC_BEFORE = re.compile(
    r"\b(?:in|at|near|to|from|on|about|within|across|discussed) (?:the )?$|\b(?-i:(?P<town>[A-Z]\w+)), $", re.IGNORECASE
)
"""Words before the name of a country that is a place or a topic."""
REPORTED = re.compile(rf"{any_of('reporting')}\b")
LISTED = re.compile(r"(?:,|,? and) (?:the )?")
"""Separator of the names of a list."""
SIDES = re.compile(r"\b(?P<one>[A-Z]\w+)(?: and (?P<other>[A-Z]\w+))? sides?\b")
TITLE_OF = re.compile(rf"\b{TITLE} of (?:the )?(?:{any_of('states')} of (?:the )?)?$")
"""Words before the name of a state to which a name without a comma may follow: the President of Arland Ida Holm."""
GOVERNMENT_OF = re.compile(r"Governments? of ")
"""Prefix of a name that stands for a state."""
VERB_AFTER = re.compile(r" (?=[a-z])")
INITIAL = re.compile(r" [A-Z]\.(?= )")
DOTS = re.compile(r"(?<=\b[A-Z])\.(?=[A-Z]\b|$| )")
"""The dots of initials: U.S."""
MIN_DEMONYM = 5
"""Minimum number of letters that an adjective such as Ukrainian shares with the country."""


@dataclass(eq=False)
class Party:
    """A party: one that the database knows, or a name that may be one."""

    id: str
    name: str
    is_known: bool = False
    is_person: bool = False
    kind: str = ""
    named: bool = True
    country: str | None = None
    principal: "Party | None" = None
    """The state of a delegation, an office or a person, if it is known or the text names it."""
    role: str = ""
    aliases: tuple[str, ...] = ()
    titles: set[str] = field(default_factory=set)
    """The last words of the titles by which it is called, in lower case."""
    paragraphs: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Mention:
    """Where a sentence names a party."""

    party: Party
    start: int
    end: int
    is_possessive: bool


def unused_id(id: str, used: Container[str]) -> str:
    """Return an unused id, with a number at the end if necessary."""
    if id not in used:
        return id
    beyond = 2
    while f"{id}-{beyond}" in used:
        beyond *= 2
    # Binary search: a text may have as many records of one name as it has sentences.
    numbers, first = range(beyond + 1), beyond // 2 + 1
    return f"{id}-{bisect_left(numbers, True, first, beyond, key=lambda number: f'{id}-{number}' not in used)}"


def _may_act(prose: str, start: int, end: int) -> bool:
    """Return whether a country's name may stand for an actor: not in a longer name, as a place or as a topic."""
    return TOPIC_BEFORE.search(prose, context_start(start), start) is None and re.match(r" [A-Z]", prose[end:]) is None


def _occurrences(prose: str, by_name: Mapping[str, T]) -> Iterator[tuple[T, int, int]]:
    """Yield the value of each name in a text with its start and end; of overlapping names, the longest."""
    tokens = list(TOKEN.finditer(prose))
    place = 0
    while place < len(tokens):
        for last in range(min(place + MAX_NAME_WORDS, len(tokens)) - 1, place - 1, -1):
            start, end = tokens[place].start(), tokens[last].end()
            found = by_name.get(_plain(prose[start:end]))
            if found is not None:
                yield found, start, end
                place = last
                break
        place += 1


class Parties:
    """The parties of a text, and the places where each is named."""

    def __init__(self, known: Iterable[Party], sentences: list[Sentence]) -> None:
        self.by_form: dict[str, Party] = {}
        self.by_id: dict[str, Party] = {}
        self.others: dict[str, list[int]] = {}
        """Names that are probably places or things, with their paragraphs."""
        for party in known:
            self._add(party)
        for party in list(self.by_id.values()):
            for form in office_forms(party):
                self.by_form.setdefault(form, party)
        finders = (self._states, self._invented_states, self._offices, self._people_without_name, self._new)
        for found in (*finders, self._people_with_title):
            for party in list(found(sentences)):
                self._add(party)
        self._hidden = defaultdict[str, set[int]](set)
        """The paragraphs that name a state as part of an office, by its id."""
        for holder in office_holders(sentences):
            self._add_office(holder)
        self._mentions = {sentence: list(self._find(sentence)) for sentence in sentences}
        for sentence, mentions in self._mentions.items():
            for mention in mentions:
                if title := TITLE_BEFORE.search(sentence.prose, context_start(mention.start), mention.start):
                    mention.party.titles.add(title[1].lower())
                if mention.party.paragraphs[-1:] != [sentence.paragraph]:
                    mention.party.paragraphs.append(sentence.paragraph)
                self._add_principal(sentence, mention)
                self._add_hidden(sentence, mention.party)
        for id, numbers in self._hidden.items():
            self.by_id[id].paragraphs = sorted(numbers.union(self.by_id[id].paragraphs))

    def named_by(self, id: str) -> Party | None:
        """Return the party with an id, or the one new party with a name that has all words of the id."""
        new = [party for party in self.by_id.values() if not party.is_known and party.named]
        words = set(id.split("-"))
        fitting = [one for one in new if any(words <= set(as_id(form).split("-")) for form in forms(one))]
        if len(fitting) > 1:
            fitting = [one for one in fitting if id in map(as_id, forms(one))]
        return self.by_id.get(id) or next(iter(fitting), None)

    def mentions(self, sentence: Sentence) -> list[Mention]:
        """Return the parties that the prose of a sentence names, in order."""
        return self._mentions[sentence]

    def in_order(self) -> list[Party]:
        """Return every party that the text names, in the order of their first mention."""
        found = {id(party): party for party in self.by_form.values() if party.paragraphs}
        return sorted(found.values(), key=lambda party: party.paragraphs[0])

    def _add(self, party: Party) -> None:
        if not party.is_known:
            party.id = unused_id(party.id, self.by_id)
        self.by_id[party.id] = party
        for form in forms(party):
            self.by_form.setdefault(form, party)

    def _find(self, sentence: Sentence) -> list[Mention]:
        found = [
            Mention(party, start, end, POSSESSIVE.match(sentence.prose, end) is not None)
            for party, start, end in _occurrences(sentence.prose, self.by_form)
        ]
        return sorted([*found, *self._sides(sentence)], key=lambda mention: mention.start)

    def _sides(self, sentence: Sentence) -> Iterator[Mention]:
        """Yield the states that are called sides: "the Arlandian side", "the Arlandian and Borish sides"."""
        for match in SIDES.finditer(sentence.prose):
            last = "other" if match["other"] else "one"
            for group in ("one", "other"):
                if match[group] and (state := self._state_of(match[group])):
                    yield Mention(state, match.start(group), match.end() if group == last else match.end(group), False)

    def _states(self, sentences: list[Sentence]) -> Iterator[Party]:
        """Yield the countries that are more than the place where something happens, with the names they are called."""
        names: dict[str, dict[str, bool]] = {}
        for sentence in sentences:
            last, acts = 0, False
            for code, start, end in _occurrences(sentence.prose, country_codes()):
                is_listed = last and LISTED.fullmatch(sentence.prose, last, start)
                last, acts = end, acts if is_listed else _may_act(sentence.prose, start, end)
                called, name = names.setdefault(code, {}), sentence.prose[start:end]
                called[name] = called.get(name, False) or acts
        for code, called in names.items():
            if any(called.values()) and not any(_plain(name) in self.by_form for name in called):
                name, *_ = country_names(code)
                aliases = tuple(one for one in called if one != name)
                yield Party(as_id(name), name, kind="state", country=code, aliases=aliases)

    def _invented_states(self, sentences: list[Sentence]) -> Iterator[Party]:
        """Yield the states that are in no list of countries, by words that only follow or precede a state."""
        for name in state_names(sentences):
            if _plain(name) not in self.by_form and not _is_word(name):
                yield Party(as_id(name), name, kind="state")

    def _add_office(self, holder: OfficeHolder) -> None:
        """Add the office of a new person, by which the text may also refer to them."""
        party = self.by_form.get(_plain(holder.name))
        if party is None or not party.is_person:
            return
        body = self.by_form.get(_plain(holder.state or holder.owner))
        is_body = body is not None and not body.is_person and (bool(holder.owner) or body.kind == "state")
        state = body if is_body else None
        if not party.is_known:
            party.role = party.role or holder.role
            party.principal = party.principal or state
        if state:
            self._hidden[state.id].add(holder.paragraph)
            self.by_form.setdefault(_plain(holder.words), party)

    def _add_principal(self, sentence: Sentence, mention: Mention) -> None:
        """Add the state of a person who leads its delegation."""
        party = mention.party
        if party.is_person and not party.is_known and not party.principal:
            led = [one for one in self._mentions[sentence] if one.end <= mention.start and one.party.kind == "group"]
            if led and LEADER_BEFORE.search(sentence.prose, led[-1].end, mention.start):
                party.principal = led[-1].party.principal

    def _add_hidden(self, sentence: Sentence, party: Party) -> None:
        """Add the paragraph that names a state as the owner of a new office: Arland's defence ministry."""
        if party.principal and not party.is_person and not party.is_known:
            self._hidden[party.principal.id].add(sentence.paragraph)

    def _offices(self, sentences: list[Sentence]) -> Iterator[Party]:
        for sentence in sentences:
            for match in OFFICE.finditer(sentence.prose):
                name = _plain(match[0])
                if name not in self.by_form and match["owner"] not in STARTERS | TITLES:
                    kind = BODY_KINDS.get(name.split()[-1], "office")
                    principal = self._state_of(match["owner"])
                    yield Party(as_id(name), match[0], kind=kind, principal=principal, aliases=(f"the {name}",))

    def _state_of(self, owner: str) -> Party | None:
        """Return the state of a name or an adjective such as Ukrainian, if there is just one."""
        stem = owner[:MIN_DEMONYM]
        called = [party for form, party in self.by_form.items() if form.startswith(stem) and party.kind == "state"]
        return called[0] if len(stem) == MIN_DEMONYM and len({id(party) for party in called}) == 1 else None

    def _people_with_title(self, sentences: list[Sentence]) -> Iterator[Party]:
        """Yield people known only by a title: the Prime Minister, if the text never names one."""
        used = {title for party in self.by_id.values() if party.is_person and party.named for title in party.titles}
        for sentence in sentences:
            used.update(match[1].lower() for match in TITLED_NAME.finditer(sentence.prose))
        for sentence in sentences:
            for match in TITLE_ALONE.finditer(sentence.prose):
                if match["title"].split()[-1].lower() not in used and _plain(match["title"]) not in self.by_form:
                    yield Party(as_id(match["title"]), match["title"], is_person=True, kind="person", named=False)

    def _people_without_name(self, sentences: list[Sentence]) -> Iterator[Party]:
        for sentence in sentences:
            for match in UNNAMED.finditer(sentence.prose):
                name = match[0].split(" ", 1)[1]
                if " " in name:  # "a spokeswoman" alone speaks for somebody named before
                    yield Party(
                        as_id(name),
                        name[0].upper() + name[1:],
                        is_person=True,
                        kind="person",
                        named=False,
                        aliases=(match[0],),
                    )

    def _unknown_names(self, sentence: Sentence) -> Iterator["_Name"]:
        """Yield names that are not part of a known party's name, as Federal Republic is of that of Germany."""
        found = list(_occurrences(sentence.prose, self.by_form))
        for run in _capitalised_words(sentence):
            states = [end for party, start, end in found if start <= run.start < end and party.kind == "state"]
            is_titled = states and TITLE_OF.search(sentence.prose, context_start(run.start), run.start)
            name = run.without(states[0] - run.start) if is_titled else run
            is_inside = any(start <= name.start and name.start + len(name.text) <= end for _, start, end in found)
            if name.text and not is_inside and not GOVERNMENT_OF.match(name.text):
                yield name

    def _new(self, sentences: list[Sentence]) -> Iterator[Party]:
        """Yield the unknown names, the longest first, so that a surname belongs to its full name."""
        found = [name for sentence in sentences for name in self._unknown_names(sentence)]
        inside = {name.text for name in found if not name.is_first}
        acting = Counter(name.text for name in found if name.acts)
        titled = {name.text for name in found if name.is_titled}
        usable = [name for name in found if name.text in inside or name.is_titled or " " in name.text or name.is_actor]
        bodies = {name.text for name in found if name.has_article}
        full_names = {name.text.split()[-1]: name.text for name in usable if PERSON_NAME.fullmatch(name.text)}
        paragraphs = defaultdict[str, set[int]](set)
        for name in usable:
            paragraphs[name.text].add(name.paragraph)
        for text in sorted(paragraphs, key=lambda text: (-len(text.split()), text)):
            if known := self.by_form.get(_plain(INITIAL.sub("", text))):
                self.by_form[_plain(text)] = known
                continue
            is_surname = text in full_names
            is_person = text in titled or (text not in bodies and _acts_as_person(text, full_names, acting))
            if is_surname or (not acting[text] and text not in titled and not is_person) or _is_place(text):
                if not is_surname:
                    self.others[text] = sorted(paragraphs[text])
                continue
            kind = "person" if is_person else "office" if OFFICE_OF.match(text) else _kind_of_body(text)
            last = text.rpartition(" ")[2]
            common = (f"the {last.lower()}",) if _kind_of_body(text) and _kind_of_body(last) else ()
            aliases = (
                (last, *common) if text in bodies and last in paragraphs and full_names.get(last) == text else common
            )
            code = country_code(text)
            kind = "state" if code else kind
            yield Party(as_id(text), text, is_person=is_person, kind=kind, country=code, aliases=aliases)


@dataclass(frozen=True)
class _Name:
    text: str
    start: int
    paragraph: int
    is_first: bool
    is_titled: bool
    acts: bool
    is_actor: bool
    """Whether a verb of speech or of a stance follows, or a possessive: enough for a word that begins a sentence."""
    has_article: bool

    def without(self, length: int) -> "_Name":
        """Return the person's name after a state's name of `length` letters; empty if no such name follows."""
        rest = self.text[length:].lstrip()
        place = self.start + len(self.text) - len(rest)
        return replace(self, text=rest if PERSON_NAME.fullmatch(rest) else "", start=place, is_titled=True)


def forms(party: Party) -> Iterator[str]:
    """Yield the ways in which a text may name a party."""
    countries = country_names(party.country) if party.country and party.kind == "state" else ()
    for name in (party.name, *party.aliases, *countries):
        plain = _plain(name)
        yield plain
        yield from (spelling for spelling in spellings_of(plain) if spelling[:1].isupper())
        if match := INVERTED.fullmatch(plain):
            yield f"{match['owner']}'s {match['body'][0].lower()}{match['body'][1:]}"
            yield f"{match['owner']}'s {match['body']}"
    words = _plain(party.name).split()
    if party.is_person and party.named and len(words) > 1:
        yield words[-1]
        yield from (spelling for spelling in spellings_of(words[-1]) if spelling[:1].isupper())


def office_forms(party: Party) -> Iterator[str]:
    """Yield how a text may call a known person by the office in a state: President of Arland. Not a former one."""
    state, match = party.principal, OFFICE_ROLE.fullmatch(party.role)
    if match and party.is_person and party.named and state and state.kind == "state":
        names = {*forms(state)}
        owner = POSSESSIVE.sub("", match["owner"] or "").strip()
        if not owner or owner in names or any(name.startswith(owner[:MIN_DEMONYM]) for name in names):
            office = match["office"].title()
            yield from (f"{office} of {article}{name}" for name in names for article in ("", "the "))


def _plain(text: str) -> str:
    """Return a name with straight apostrophes, single spaces, no dots in initials and a lower-case article."""
    plain = DOTS.sub("", " ".join(text.replace("’", "'").split()))
    return plain[0].lower() + plain[1:] if plain.startswith(("The ", "A ", "An ")) else plain


def _capitalised_words(sentence: Sentence) -> Iterator[_Name]:
    """Yield the runs of capitalised words, without titles and the first word if it is no name."""
    tokens = list(TOKEN.finditer(sentence.prose))
    place = 0
    while place < len(tokens):
        run = _run(sentence.prose, tokens, place)
        place += max(len(run), 1)
        if not run:
            continue
        is_first = run[0].start() <= 1
        if run[0][0] in STARTERS and is_first:
            run = run[1:]
            is_first = False
        title: list[str] = []
        if len(run) >= MIN_MINISTER_WORDS and run[1][0] == "Minister":
            title, run = ["Minister"], run[2:]
        while run and (run[0][0] in TITLES or (title and run[0][0] in LINKS)):
            title.append(run[0][0])
            run = run[1:]
        while run and run[-1][0] in LINKS:
            run = run[:-1]
        text = sentence.prose[run[0].start() : run[-1].end()] if run else ""
        if not run or _is_word(text) or (len(run) == 1 and _is_demonym(sentence.prose, run[0])):
            continue
        start, end = run[0].start(), run[-1].end()
        before = sentence.prose[context_start(start) : start]
        is_person = PERSON_NAME.fullmatch(text) is not None and TITLE_BEFORE.search(before) is not None
        is_titled = is_person or (bool(title) and title[-1] in TITLES)
        acts = ACTOR_BEFORE.search(before) is not None or (
            _acts(sentence.prose, end) and PLACE_BEFORE.search(before) is None
        )
        acts = acts or bool(title) or OFFICE_OF.match(text) is not None
        is_actor = _is_actor(sentence.prose, end)
        has_article = not is_titled and re.search(r"\b[Tt]he $", before) is not None
        yield _Name(text, start, sentence.paragraph, is_first and not title, is_titled, acts, is_actor, has_article)


def _run(prose: str, tokens: list[re.Match[str]], place: int) -> list[re.Match[str]]:
    """Return the capitalised words from an offset on, joined by spaces or by lower-case words inside a name."""
    run: list[re.Match[str]] = []
    for token in tokens[place:]:
        gap = prose[run[-1].end() : token.start()] if run else " "
        is_body = token[0].lower() in NAME_KINDS  # the Teachers’ Association
        is_joined = gap == " " or (gap == ". " and len(run[-1][0]) == 1) or (gap in ("’ ", "' ") and is_body)
        if not is_joined or not (token[0][0].isupper() or (run and _links(run, token[0]))):
            break
        run.append(token)
    while run and not run[-1][0][0].isupper():
        run.pop()
    return run


def _links(run: list[re.Match[str]], word: str) -> bool:
    """Return whether a lower-case word continues a name: "of" does only after an office or a title."""
    if word in ("of", "for"):
        return run[-1][0] in TITLES or any(
            token[0].lower().rstrip("s") in OFFICES | NAME_KINDS.keys() for token in (*run[:2], run[-1])
        )
    if word == "the":
        return run[-1][0] in ("of", "for") and run[0][0] not in TITLES
    return word in LINKS - {"and", "the"}


def _is_word(text: str) -> bool:
    return (
        text in STARTERS | CALENDAR_WORDS | STATES
        or text.lower() in COLLECTIVES
        or len(text) == 1
        or ("-" in text and all(part[:1].isupper() for part in text.split("-")))
    )


def _is_demonym(prose: str, token: re.Match[str]) -> bool:
    """Return whether a name is an adjective: it ends like one, and a noun follows."""
    following = re.match(r" (?:and [A-Z]\w+ )?([a-z]+)", prose[token.end() :])
    return DEMONYM.fullmatch(token[0]) is not None and following is not None and following[1] not in VERBS | LINKS


def _is_place(text: str) -> bool:
    return bool(set(text.split()) & PLACES)


def _kind_of_body(name: str) -> str:
    """Return the kind of a body by the nouns in its name, or "" if it is unknown."""
    return next((NAME_KINDS[word] for word in reversed(name.lower().split()) if word in NAME_KINDS), "")


def _acts(prose: str, end: int) -> bool:
    """Return whether a verb follows a name, or a possessive."""
    if POSSESSIVE.match(prose, end):
        return True
    following = re.match(r"(?:, [^,]{3,60},)? ([a-z]+)", prose[end:])
    return following is not None and (following[1] in VERBS or following[1].endswith("ed"))


def _is_actor(prose: str, end: int) -> bool:
    """Return whether a verb of speech or of a stance, or a possessive, follows a name; not in "Attention was drawn"."""
    following = VERB_AFTER.match(prose, end)
    verbs = [words.pattern for words in candidate_words() if words.stance and not words.is_noun]
    is_verb = following is not None and any(verb.match(prose, following.end()) for verb in (REPORTED, *verbs))
    return is_verb or POSSESSIVE.match(prose, end) is not None


def _acts_as_person(text: str, full_names: dict[str, str], acting: Counter[str]) -> bool:
    """Return whether a name of two words is also used with its last word alone."""
    surname = text.rsplit(maxsplit=1)[-1]
    return " " in text and full_names.get(surname) == text and acting[surname] > 0
