"""/.well-known/security.txt."""

from pathlib import Path

from flask.testing import FlaskClient

from api import create_app

PATH = "/.well-known/security.txt"


def test_security_txt_without_a_contact_is_404(client: FlaskClient) -> None:
    assert client.get(PATH).status_code == 404


def test_security_txt_names_contact_and_expiry(database: Path) -> None:
    contact = {"security_contact": "mailto:security@news.example", "security_expires": "2027-06-30"}
    response = create_app(database=str(database), **contact).test_client().get(PATH)
    assert response.content_type == "text/plain; charset=utf-8"
    assert response.text.splitlines() == [
        "Contact: mailto:security@news.example",
        "Expires: 2027-06-30T23:59:59Z",
        "Preferred-Languages: en",
        "Canonical: http://localhost/.well-known/security.txt",
    ]
