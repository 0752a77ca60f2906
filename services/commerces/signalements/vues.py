"""A report as the public contract shows it: to everyone, or to who handles it."""

from services.commerces.signalements.models import SignalementFiche
from shared.schemas.commerces_signalements import (
    CommentaireFiche,
    SignalementFicheRecu,
    SignalementFicheSuivi,
)

_PUBLIC = tuple(SignalementFicheRecu.model_fields)
_OURS = ("id", "raison", "decide_par", "decide_le")


def public(row: SignalementFiche) -> SignalementFicheRecu:
    return SignalementFicheRecu(**{name: getattr(row, name) for name in _PUBLIC})


def followed(row: SignalementFiche) -> SignalementFicheSuivi:
    lieu = row.fiche.exploitation.lieu
    return SignalementFicheSuivi(
        **{name: getattr(row, name) for name in (*_PUBLIC, *_OURS)},
        nom=row.fiche.nom,
        code_commune=lieu.code_insee,
        commentaires=[
            CommentaireFiche(texte=one.texte, recu_le=one.recu_le) for one in row.commentaires
        ],
    )
