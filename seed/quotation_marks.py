"""Quotation marks of many languages: whether one opens or closes, by the characters and words next to it."""

import re
from collections.abc import Iterator
from typing import Literal

CLOSING = {
    "“": "”“",
    "„": '“”"',
    "”": "”",
    "«": "»",
    "»": "«»",
    "‹": "›",
    "›": "‹›",
    "‘": "’",
    "‚": "‘’",
    "「": "」",
    "『": "』",
    '"': '"',
    "＂": "＂",
    "״": "״",
    "'": "'",
}
"""Marks that open a quotation, with those that may close it: “…” „…“ „…” „…" ”…” «…» »…« ‘…’ ‚…‘ 「…」 『…』 "…" '…'.

＂ is the wide form of ", and ״ the Hebrew one.
"""
USUAL_OPENING = {"”": "“„", "»": "«", "›": "‹", "’": "‘‚", "」": "「", "』": "『"}
"""Marks that usually close, with those that open before them."""
SINGLE = set("‘’‚'")
"""Marks that are often unpaired, as they are apostrophes too."""
STRAIGHT_DOUBLE = set('"＂״')
"""Double marks that have no direction of their own."""
SYMMETRICAL = STRAIGHT_DOUBLE | set("'”»›")
"""Marks that are the same at both ends of a quotation."""
MARKS = CLOSING.keys() | USUAL_OPENING.keys()
BRACKETS_OPEN, BRACKETS_CLOSE, DASHES = set("([{"), set(")]}"), set("—–-/")
STOPS = set(",.;:!?…،؛؟۔।॥։።，。、；：！？")
COLONS = set(":：")
ELLIPSES = ("…", "..", ". .")
UNSPACED = "\u2e80"
"""The first character of the scripts that are written without spaces, such as Chinese."""
HANGUL = range(0xAC00, 0xD7B0)
"""Korean syllables. Korean has spaces, but a particle may follow a closing mark: “가자”고."""
ARABIC_PREFIXES = set("وفبلكـ")
"""The letters at the end of Arabic words that are written together with the next, also before a mark: و«نعم»."""
WORD = rf"[^\W{UNSPACED}-\U0003ffff]"
ELISIONS = "tis|twas|twere|twill|em|er|im|til|till|cause|cos|cuz|bout|round|neath|gainst|nuff|nother|[nstmdk]|ll|re|ve"
AYIN_NAMES = (
    "abbas|abd|abdallah|abdel|abdul|abdull?ah?|adel|adil|alawi|ali|ammar|amr|arif|ashura|asir|ayn|aziz|imad|iss?a|izz"
    "|obaid|omar|othman|ubayd|ulama|ulema|umar|uqba|uthman"
)
"""Arabic names and words that begin with the letter ayin, which is often written as a quotation mark: ‘Ali."""
HEBREW = "א-ת"
APOSTROPHE_OR_MARK = re.compile(
    rf"(?<={WORD})['’‘](?={WORD})|(?<=[{HEBREW}])[\"״](?=[{HEBREW}](?![{HEBREW}]))|['’‘]\d\ds?(?![\w'’%]|[.,:]\d)|['’‘]n['’]|['’‘](?:{ELISIONS})(?![\w'’])"
    rf"|['’‘](?:{AYIN_NAMES})(?!\w)|(?P<mark>[{''.join(MARKS)}])",
    re.IGNORECASE,
)
"""Apostrophes and letters that are taken for no marks, as in O'Brien, '90s, rock 'n' roll, 'tis and ‘Ali, and marks.

Before the last letter of a Hebrew word, a double mark shows an abbreviation, as in צה״ל.
"""
BEFORE_HAMZA, AFTER_AYIN = set("aiāī"), set("aeiouāīū")
"""The letters that stand before a hamza at the end of a word, as in fuqaha’, and after an ayin at its beginning."""
POSSESSIVE_OR_MEASURE = re.compile(r"(?:[sxz]|in|(?P<digits>(?<![\d,])\d{1,3}))$", re.IGNORECASE)
"""What stands before an apostrophe or a mark of feet or inches: the boys' house, goin' home, 5'10"."""
CONTEXT = 6
"""Number of characters that are read before a mark."""
NOT_AFTER_POSSESSIVE = re.compile(
    r"[.!?…)\]”»\"]|$|[,;:]?\s+(?:to|of|in|on|at|by|for|from|with|as|that|which|who|is|was|are|were|has|have|had|will"
    r"|would|can|could|must|he|she|it|they|we|said|says|told)\b"
)
"""What stands after a closing mark, but not after a possessive."""
REPORTING = re.compile(
    r"\b(?:said|says?|saying|told|tells|adds?|added|adding|wrote|writes|called|asked|according|spokes\w+"
    r"|sag(?:t|te|ten)|erklärte?n?|schrieb|schreibt|betonte|fügte|laut|dit|disait|déclar\w+|ajout\w+|écri[tv]\w*|selon"
    r"|sade|säger|sa|skrev|enligt|sanoi|powiedzia\w+|doda\w+|сказа\w+|заяви\w+|добави\w+|додав|додала)\b",
    re.IGNORECASE,
)
"""Words of a reporter, after which a quotation more likely lacks its closing mark than goes on."""

Direction = Literal["open", "close", "either", "unclear"]


def find_marks(line: str) -> Iterator[tuple[int, str]]:
    """Yield the place of each mark that is not surely an apostrophe, and the mark."""
    for match in APOSTROPHE_OR_MARK.finditer(line):
        if match["mark"]:
            yield match.start(), match["mark"]


def direction(line: str, place: int) -> Direction:
    """Return whether a mark may open or close a quotation, by the characters next to it."""
    mark = line[place]
    if mark in "„‚「『」』":
        return "open" if mark in CLOSING else "close"
    opens, closes = _may_open(line, place), _may_close(line, place)
    if opens and closes:
        return "open" if line[place - 1] in COLONS else "either"
    if not (opens or closes) and line[place - 1 : place].isspace() and mark not in SINGLE | STRAIGHT_DOUBLE:
        closes = mark in USUAL_OPENING
        opens = not closes and line[place + 1 : place + 2].isspace()
    return "open" if opens else "close" if closes else "unclear"


def is_ambiguous(line: str, place: int, possible: Direction) -> bool:
    """Return whether the characters next to a mark do not show if it opens or closes."""
    is_between_spaces = line[place - 1 : place].isspace() and line[place + 1 : place + 2].isspace()
    return possible == "either" or is_between_spaces


def _may_open(line: str, place: int) -> bool:
    after = line[place + 1 : place + 2]
    if not after or after in BRACKETS_CLOSE or not _may_stand_before(line, place):
        return False
    if after in STOPS:
        return line.startswith(ELLIPSES, place + 1)
    return not after.isspace() or line[place] in "«‹"


def _may_stand_before(line: str, place: int) -> bool:
    """Return whether the character before a mark may stand before an opening one."""
    before = line[place - 1 : place]
    if not before or before.isspace() or before in BRACKETS_OPEN | DASHES | MARKS or _is_unspaced(before):
        return True
    if before in STOPS:
        return _is_unspaced(line[place + 1])
    return line[place] in '«“"' and before in ARABIC_PREFIXES


def _may_close(line: str, place: int) -> bool:
    before, after = line[place - 1 : place], line[place + 1 : place + 2]
    if not before or before in BRACKETS_OPEN or (before.isspace() and line[place] not in "»›"):
        return False
    return not after or after.isspace() or after in BRACKETS_CLOSE | DASHES | STOPS | MARKS or after >= UNSPACED


def _is_unspaced(character: str) -> bool:
    return character >= UNSPACED and ord(character) not in HANGUL


def is_inch_mark(line: str, place: int) -> bool:
    """Return whether a mark may stand for inches."""
    return line[place] in STRAIGHT_DOUBLE and line[place - 1 : place].isdigit()


def is_like_apostrophe(line: str, place: int) -> bool:
    """Return whether a closing mark stands where there may be an apostrophe, or a mark of feet or inches."""
    before = POSSESSIVE_OR_MEASURE.search(line[max(place - CONTEXT, 0) : place])
    return before is not None and (
        line[place] in "'’" or (line[place] in STRAIGHT_DOUBLE and before["digits"] is not None)
    )


def may_be_letters(line: str, start: int, place: int) -> bool:
    """Return whether two single marks may be an ayin before one word and a hamza at the end of another."""
    is_single = line[start] in SINGLE and line[place] in SINGLE
    return is_single and line[start + 1].lower() in AFTER_AYIN and line[place - 1].lower() in BEFORE_HAMZA


def may_be_apostrophe(line: str, start: int, place: int) -> bool:
    """Return whether the mark that closes a quotation may be an apostrophe or a measure, unless words rule that out."""
    if not is_like_apostrophe(line, place):
        return False
    is_ruled_out = not line[place - 1].isdigit() and NOT_AFTER_POSSESSIVE.match(line, place + 1)
    return not is_ruled_out or REPORTING.search(line, start, place) is not None
