"""Everything kept about a merchant, as exported to them."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.commerces.contribution import queries, vues
from services.commerces.contribution.models import Jeton, Titulaire
from services.commerces.courrier.models import Courrier
from services.commerces.models import Fiche
from shared.schemas.commerces_contribution import CourrierGarde, DonneesFiche, DonneesTitulaire

_COURRIER = tuple(CourrierGarde.model_fields)


def export(session: Session, titulaire: Titulaire) -> DonneesTitulaire:
    """All that is kept of the person: a mail address that was confirmed, once or several times."""
    others = queries.same_person(session, titulaire)
    return DonneesTitulaire(
        courriel=titulaire.courriel or "",
        autres=[DonneesFiche(**_of_listing(session, one)) for one in others],
        **_of_listing(session, titulaire),
    )


def _of_listing(session: Session, titulaire: Titulaire) -> dict[str, Any]:
    """A holder's own data, and its listing's private part once recognised."""
    mails = select(Courrier).where(Courrier.titulaire_id == titulaire.id).order_by(Courrier.id)
    links = select(Jeton.expire_le).where(Jeton.titulaire_id == titulaire.id)
    fiche = session.get_one(Fiche, titulaire.fiche_id)
    whole = queries.reads_all(session, titulaire, fiche)
    return {
        "siret": titulaire.siret,
        "niveau": titulaire.niveau,
        "cree_le": titulaire.cree_le,
        "accepte_le": titulaire.accepte_le,
        "refuse_le": titulaire.ecarte_le,
        "fiche": vues.own_feature(fiche, whole=whole),
        "propositions": [
            vues.followed(row, whole=whole) for row in queries.of_holder(session, titulaire.id)
        ],
        "courriers": [
            CourrierGarde(**{name: getattr(mail, name) for name in _COURRIER})
            for mail in session.scalars(mails)
        ],
        "liens_valables_jusqu_au": list(session.scalars(links.order_by(Jeton.expire_le))),
    }
