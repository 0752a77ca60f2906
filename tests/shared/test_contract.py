"""What a service adds to the contract that its framework writes."""

import pytest

from shared.contract import Rubrique, rubric_of

RECHERCHE = Rubrique("recherche", "Chercher", "Chercher.", ("/", "/fiches"))
SIGNALER = Rubrique("signaler", "Signaler", "Signaler.", ("/fiches/{id}/signalements",))


@pytest.mark.parametrize(
    ("path", "rubric"),
    [
        ("/", RECHERCHE),
        ("/fiches", RECHERCHE),
        ("/fiches/{id}", RECHERCHE),
        ("/fiches/{id}/signalements", SIGNALER),
    ],
)
def test_the_longest_beginning_decides(path, rubric):
    assert rubric_of(path, (RECHERCHE, SIGNALER)) is rubric


@pytest.mark.parametrize("path", ["/fiche", "/fichesque", "/autre"])
def test_an_operation_that_no_rubric_has_is_an_error(path):
    with pytest.raises(LookupError, match=path):
        rubric_of(path, (RECHERCHE, SIGNALER))
