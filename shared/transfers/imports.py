"""Files received to be imported: what is kept of each, and the states it goes through.

A file is applied at once, or waits for a confirmation, to be applied or dropped then. What it
holds, and what applying it means, is its service's.
"""

import io
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, BinaryIO, Final, Protocol, TypeVar

from sqlalchemy import func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from shared.conditional import require_match
from shared.problems import Conflict, NotFound
from shared.schemas.imports import Barriere, BilanCode, EtatImport, ExempleConstat, Gravite
from shared.transfers import files

F = TypeVar("F", bound="FichierRecu")

STATE: Final = {
    EtatImport.ACCEPTE: "accepté",
    EtatImport.EN_ATTENTE: "en attente de confirmation",
    EtatImport.ABANDONNE: "abandonné",
    EtatImport.ESSAI: "rien n'est gardé",
}
"""What became of a file, in French."""
Exemple = tuple[str, int, int, str | None, str | None, str | None]
"""code, how many findings it has, then line, column, received and kept of one of them."""


class Kind(Protocol):
    """What a code of finding means."""

    @property
    def gravite(self) -> Gravite: ...
    @property
    def libelle(self) -> str: ...


class FichierRecu:
    """Columns of a table of files received; its service adds from whom."""

    id: Mapped[int] = mapped_column(primary_key=True)
    nom: Mapped[str]
    taille: Mapped[int]
    """Bytes received."""
    sha256: Mapped[str]
    etat: Mapped[str]
    """accepte | en_attente | abandonne."""
    acteur: Mapped[str]
    instant: Mapped[datetime] = mapped_column(server_default=func.now())
    bilan: Mapped[dict[str, Any]]
    """Counts by status and by code."""
    contenu: Mapped[bytes | None] = mapped_column(deferred=True)
    """The file, compressed (zlib), only while it waits for a confirmation."""
    options: Mapped[dict[str, Any]]


def register(session: Session, recu: FichierRecu, fichier: BinaryIO) -> None:
    """Give a file its number; it counts as accepted until it is held."""
    recu.taille, recu.sha256 = files.fingerprint(fichier)
    recu.etat, recu.bilan = EtatImport.ACCEPTE, {}
    session.add(recu)
    session.flush()


def hold(recu: FichierRecu, fichier: BinaryIO) -> None:
    """Keep a file until someone confirms or drops it."""
    recu.etat, recu.contenu = EtatImport.EN_ATTENTE, files.compressed(fichier)


def waiting(
    session: Session,
    kind: type[F],
    import_id: int,
    *,
    version: Callable[[F], str],
    if_match: str | None,
) -> F:
    """A file that waits, locked, for who has read its current version."""
    recu = session.get(kind, import_id, with_for_update=True, populate_existing=True)
    if recu is None:
        raise NotFound(f"Aucun import ne porte le numéro {import_id}.")
    require_match(if_match, version(recu))
    if recu.etat != EtatImport.EN_ATTENTE:
        raise Conflict(
            f"Cet import n’attend pas de confirmation : il est {STATE[EtatImport(recu.etat)]}."
        )
    return recu


def abandon(
    session: Session,
    kind: type[F],
    import_id: int,
    *,
    version: Callable[[F], str],
    if_match: str | None,
) -> F:
    """Drop a file that waits: what was accepted last stays public."""
    recu = waiting(session, kind, import_id, version=version, if_match=if_match)
    settle(recu, EtatImport.ABANDONNE)
    session.flush()
    return recu


def listed(
    session: Session,
    *,
    kind: type[F],
    before: int | None = None,
    limit: int,
    **same: str | None,
) -> Sequence[F]:
    """Files from the latest to the oldest, of those that have these values (None: any)."""
    asked = [getattr(kind, name) == value for name, value in same.items() if value is not None]
    if before is not None:
        asked.append(kind.id < before)
    return session.scalars(select(kind).where(*asked).order_by(kind.id.desc()).limit(limit)).all()


def content(recu: FichierRecu) -> BinaryIO:
    """The file that waits, as it was sent."""
    assert recu.contenu is not None, "kept while it waits"
    return io.BytesIO(zlib.decompress(recu.contenu))


def settle(recu: FichierRecu, etat: EtatImport) -> None:
    """The end of a wait: the file itself is not kept any longer."""
    recu.etat, recu.contenu = etat, None


def drop_waiting(session: Session, recu: FichierRecu, *same: str) -> None:
    """A newer file replaces those that waited and have the same in these columns."""
    kind = type(recu)
    alike = (getattr(kind, name) == getattr(recu, name) for name in same)
    session.execute(
        update(kind)
        .where(kind.etat == EtatImport.EN_ATTENTE, kind.id != recu.id, *alike)
        .values(etat=EtatImport.ABANDONNE, contenu=None)
    )


def gate(connus: int, perdus: int, seuil: float | None) -> Barriere:
    """Whether a file loses too large a share of what is known (`seuil` None: none is)."""
    return Barriere(
        connus=connus,
        perdus=perdus,
        seuil=1.0 if seuil is None else seuil,
        franchie=seuil is not None and perdus > seuil * connus,
    )


def counted(
    exemples: Iterable[Exemple],
    kinds: Mapping[str, Kind],
    attendu: Callable[[str, str | None], str | None],
) -> list[BilanCode]:
    """Findings by code, in the order of `kinds`, which say what each is.

    `attendu` says what a column should have held, from the code of a finding and the column.
    """
    found: dict[str, BilanCode] = {}
    for code, nombre, ligne, colonne, recu, retenu in exemples:
        if code not in found:
            kind = kinds[code]
            found[code] = BilanCode(
                code=code,
                gravite=kind.gravite,
                libelle=kind.libelle,
                nombre=nombre,
                exemples=[],
            )
        found[code].exemples.append(
            ExempleConstat(
                ligne=ligne,
                colonne=colonne,
                recu=recu,
                retenu=retenu,
                attendu=attendu(code, colonne),
            )
        )
    return [found[code] for code in kinds if code in found]


def wrong_cells(code: BilanCode) -> Iterator[str]:
    """Where the first cells that could not be read are, and what they should hold, in French."""
    for one in code.exemples:
        if one.attendu:
            recu = f"« {one.recu} »" if one.recu else "rien"
            yield f"ligne {one.ligne}, {one.colonne} : {recu} ; attendu : {one.attendu}"


def ignored(colonnes: Sequence[str]) -> Iterator[str]:
    """What is not read of a file, in French; nothing where all of it is."""
    named = [colonne for colonne in colonnes if colonne.strip()]
    if named:
        yield f"Colonnes ignorées : {', '.join(named)}"
