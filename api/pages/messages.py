"""The texts of pages, pictures and feeds in the language in which they are served.

The code has them in English, `translations/messages.pot` lists them (`make messages`), and a translation is a file
`translations/LANGUAGE/LC_MESSAGES/messages.mo`. Record data and what the API answers stay as they are.
"""

from gettext import NullTranslations, translation
from pathlib import Path

from flask import Flask, current_app

LANGUAGE = "en"
"""The language of the pages; English needs no file."""
FOLDER = Path(__file__).parent / "translations"


def init_app(app: Flask) -> None:
    """Load the translation, and let templates use it."""
    app.extensions["translations"] = translation("messages", FOLDER, [LANGUAGE], fallback=True)
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(declared, _plural, newstyle=True)  # type: ignore[attr-defined]
    app.jinja_env.filters["declared"] = declared
    app.jinja_env.globals["language"] = LANGUAGE


def gettext(text: str, **values: object) -> str:
    """Return a text of the code, which may have placeholders as in %(name)s."""
    return declared(text) % values


def ngettext(one: str, several: str, number: int) -> str:
    """Return the singular or the plural of a text, with the number as %(num)s."""
    return _plural(one, several, number) % {"num": number}


def declared(text: str) -> str:
    """Return a text that a declaration has, such as a label: it is data of the code and has no placeholders."""
    return _translations().gettext(text) if text else text


def _plural(one: str, several: str, number: int) -> str:
    return _translations().ngettext(one, several, number)


def _translations() -> NullTranslations:
    found: NullTranslations = current_app.extensions["translations"]
    return found
