"""What a person is told of an import, in lines of text."""

from collections.abc import Iterator

from shared.schemas.bornes_imports import Import
from shared.transfers.imports import STATE, ignored, wrong_cells


def resume(found: Import) -> Iterator[str]:
    """What a person wants to know of an import."""
    bilan, lignes = found.bilan, found.bilan.lignes
    number = "essai" if found.id is None else f"import {found.id}"
    yield f"{found.nom} ({found.producteur}) : {number}, {STATE[found.etat]}."
    yield (
        f"  Lignes    {lignes.lues} lues : {lignes.accepte} acceptées, {lignes.repare} réparées, "
        f"{lignes.rejete} rejetées, {lignes.doublon} doublons"
    )
    points, stations = bilan.points, bilan.stations
    yield f"  Points    {points.crees} créés, {points.modifies} modifiés, {points.retires} retirés"
    yield (
        f"  Stations  {stations.crees} créées, {stations.modifies} modifiées, "
        f"{stations.retires} retirées"
    )
    if bilan.barriere.franchie:
        accept = (
            "L'import devra être confirmé."
            if found.id is None
            else f"« relance bornes imports confirmer {found.id} » pour l'accepter."
        )
        yield (
            f"  Attention : {bilan.barriere.perdus} des {bilan.barriere.connus} points connus "
            f"disparaîtraient. {accept}"
        )
    yield from (f"  {told}" for told in ignored(bilan.colonnes_ignorees))
    for code in bilan.codes:
        yield f"  {code.code}  {code.gravite:<13} {code.nombre:>7}  {code.libelle}"
        yield from (f"        {cell}" for cell in wrong_cells(code))
