"""The field type of a language."""

from typing import Any

from marshmallow import ValidationError

from schemas.errors import FieldMessage
from schemas.fields import Code


def primary_language(tag: str) -> str:
    """Return the language of a BCP 47 tag without script and country."""
    return tag.partition("-")[0]


class LanguageTag(Code):
    """A language: a BCP 47 tag whose language, script and country exist (ISO 639, 15924 and 3166-1)."""

    def __init__(self, description: str, *, example: str) -> None:
        super().__init__(
            description,
            pattern="[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*",
            form="a BCP 47 language tag, as in 'en'",
            example=example,
        )

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            tag: str = super()._deserialize(value, *args, **kwargs)
        except ValidationError as error:
            hint = _code_for_name(value) if isinstance(value, str) else None
            raise ValidationError([FieldMessage(str(text), did_you_mean=hint) for text in error.messages]) from None
        language, *others = tag.split("-")
        if (code := _code(language)) != language:
            detail = f"{language!r} is not a BCP 47 code of a language. Write one, as in 'en'."
            raise ValidationError(FieldMessage(detail, did_you_mean=code))
        for subtag in others:
            if not _exists(subtag):
                raise ValidationError(f"{subtag!r} is neither a script nor a country. Write for example 'pt-BR'.")
        return tag


# Reading the lists takes 0.1 s, and a server that only answers queries never needs them.
def _code(language: str) -> str | None:
    """Return the shortest code of a language that a code of two or three letters stands for."""
    from pycountry import languages

    found = languages.get(**{f"alpha_{len(language)}": language})
    if found is None or found.type == "S":
        return None
    return str(getattr(found, "alpha_2", found.alpha_3))


def _code_for_name(name: str) -> str | None:
    from pycountry import languages

    found = languages.get(name=name.capitalize())
    return str(getattr(found, "alpha_2", found.alpha_3)) if found else None


def _exists(subtag: str) -> bool:
    """Return whether a script or country exists; regions by number and variants are not checked."""
    from pycountry import countries, scripts

    if len(subtag) == len("BR"):
        return countries.get(alpha_2=subtag.upper()) is not None
    if len(subtag) == len("Latn") and subtag.isalpha():
        return scripts.get(alpha_4=subtag.capitalize()) is not None
    return True
