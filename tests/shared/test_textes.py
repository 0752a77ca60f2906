"""The texts under the fields of models."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from shared.schemas.modeles import ABSENT, Modele, Reponse

Nom = Annotated[str, Field(description="Un nom.")]


class Lieu(Modele):
    """Un lieu."""

    SORTES: ClassVar[int] = 3
    """No field: not told."""

    nom: str
    """Comme on l'appelle.

    Sur deux lignes.
    """
    ville: Nom
    """Less exact than its type, which has a text of its own."""
    rue: Annotated[str, Field(min_length=1)] = Field("x", description="Dite ici.")
    """Not told: the value has a text."""
    etage: Annotated[int | None, ABSENT] = None
    """Ou rien."""
    suivant: "Lieu | None" = None
    """Le voisin."""
    code: str

    class Porte(Reponse):
        nom: Literal["porte"]
        """De la porte."""

    def haut(self) -> int:
        """A method's text is no field's."""
        return self.etage or 0


class Parc(Lieu):
    nom: str
    arbres: int
    """Combien."""


def told(model: type[Modele]) -> dict[str, str | None]:
    schema = model.model_json_schema(mode="serialization")
    own = schema.get("$defs", {}).get(model.__name__, schema)
    return {name: one.get("description") for name, one in own["properties"].items()}


def test_the_text_under_a_field_describes_it():
    assert told(Lieu) == {
        "nom": "Comme on l'appelle.\n\nSur deux lignes.",
        "ville": "Un nom.",
        "rue": "Dite ici.",
        "etage": "Ou rien.",
        "suivant": "Le voisin.",
        "code": None,
    }
    assert told(Lieu.Porte) == {"nom": "De la porte."}


def test_what_a_type_asks_of_a_field_is_still_asked():
    assert Lieu(nom="a", ville="b", code="c").model_dump() == {
        "nom": "a",
        "ville": "b",
        "rue": "x",
        "suivant": None,
        "code": "c",
    }
    assert Lieu.model_fields["rue"].metadata


def test_a_field_declared_anew_has_the_text_of_its_new_place():
    assert told(Parc) | {"nom": None, "arbres": "Combien."} == told(Parc)
    assert told(Parc)["etage"] == "Ou rien."


def test_a_model_of_a_function_has_its_texts():
    class Local(Modele):
        nom: str
        """Ici."""

    assert told(Local) == {"nom": "Ici."}


def test_without_its_source_a_model_has_no_texts():
    scope = {"Modele": Modele, "__name__": "nowhere"}
    exec("class Sans(Modele):\n    nom: str\n    '''Perdu.'''", scope)
    assert told(scope["Sans"]) == {"nom": None}
