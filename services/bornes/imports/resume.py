"""What a person is told of an import, in lines of text."""

from collections.abc import Iterator

from shared.counts import counted, figure
from shared.schemas.bornes_imports import Import
from shared.transfers.imports import STATE, ignored, wrong_cells


def resume(found: Import) -> Iterator[str]:
    """What a person wants to know of an import."""
    bilan, lignes = found.bilan, found.bilan.lignes
    number = "essai" if found.id is None else f"import {found.id}"
    yield f"{found.nom} ({found.producteur}) : {number}, {STATE[found.etat]}."
    yield (
        f"  Lignes    {counted(lignes.lues, 'lue')} : {counted(lignes.accepte, 'acceptée')}, "
        f"{counted(lignes.repare, 'réparée')}, {counted(lignes.rejete, 'rejetée')}, "
        f"{counted(lignes.doublon, 'doublon')}"
    )
    points, stations = bilan.points, bilan.stations
    yield (
        f"  Points    {counted(points.crees, 'créé')}, {counted(points.modifies, 'modifié')}, "
        f"{counted(points.retires, 'retiré')}"
    )
    yield (
        f"  Stations  {counted(stations.crees, 'créée')}, "
        f"{counted(stations.modifies, 'modifiée')}, {counted(stations.retires, 'retirée')}"
    )
    if bilan.barriere.franchie:
        accept = (
            "L'import devra être confirmé."
            if found.id is None
            else f"« relance bornes imports confirmer {found.id} » pour l'accepter."
        )
        yield (
            f"  Attention : {figure(bilan.barriere.perdus)} des {figure(bilan.barriere.connus)} "
            f"points connus disparaîtraient. {accept}"
        )
    yield from (f"  {told}" for told in ignored(bilan.colonnes_ignorees))
    for code in bilan.codes:
        yield f"  {code.code}  {code.gravite:<13} {code.nombre:>7}  {code.libelle}"
        yield from (f"        {cell}" for cell in wrong_cells(code))
