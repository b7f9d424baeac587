"""The codes of countries and their names in English, as ISO 3166-1 has them."""

from functools import cache

from schemas.errors import MAX_SUGGESTED_LENGTH
from schemas.spellings import spellings_of

COMMON_NAMES = ("common_name", "name", "official_name")
OTHER_CODES = {"EL": "GR"}
"""Codes of countries in other standards, here that of the European Union for Greece."""


def country_exists(code: str) -> bool:
    """Return whether two capital letters are the code of a country."""
    from pycountry import countries

    return countries.get(alpha_2=code) is not None


def suggest_country(text: str) -> str | None:
    """Return the code that is probably meant by a code in small letters, one of three letters, or a name."""
    from pycountry import countries

    if len(text) > MAX_SUGGESTED_LENGTH:
        return None
    code = text.upper()
    found = countries.get(alpha_2=code) or countries.get(alpha_3=code)
    return found.alpha_2 if found else OTHER_CODES.get(code) or country_code(text)


@cache
def country_codes() -> dict[str, str]:
    """Return the code of each country by its names: Iran, Islamic Republic of Iran, Russian Federation."""
    from pycountry import countries  # reads its data when it is imported

    names = {(name, country.alpha_2) for country in countries for name in _names(country)}
    return dict(sorted(names))


def country_code(name: str) -> str | None:
    """Return the code of a country by any spelling of its name, such as UK."""
    codes = country_codes()
    return next((codes[one] for one in (name, *spellings_of(name)) if one in codes), None)


@cache
def country_names(code: str) -> tuple[str, ...]:
    """Return the names of a country, the usual one first; none for an unknown code."""
    from pycountry import countries

    return _names(countries.get(alpha_2=code))


def _names(country: object) -> tuple[str, ...]:
    """Return the names, each in the order of speech: Republic of Korea, not "Korea, Republic of"."""
    found = (getattr(country, attribute, None) for attribute in COMMON_NAMES)
    return tuple(dict.fromkeys(" ".join(reversed(name.split(", "))) for name in found if name))
