"""Ids by the names of their records."""

import pytest

from schemas.named_ids import ids_by_name


@pytest.mark.parametrize(
    ("name", "id"),
    [
        ("the Black Sea", "black-sea"),
        ("Élysée Palace", "elysee-palace"),
        ("Łukasz Żak", "lukasz-zak"),
        ("Одеса", "odesa"),
        ("Moscow’s envoy", "moscow-envoy"),
    ],
)
def test_name_has_the_form_of_an_id(name: str, id: str) -> None:
    assert ids_by_name([("record", [name])]) == {id: "record"}
