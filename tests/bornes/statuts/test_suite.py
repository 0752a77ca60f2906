"""Several statuses of one point in one call leave what they would leave one call each."""

from datetime import timedelta

from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from sqlalchemy import event, select

from services.bornes.models import HISTORIQUE, DernierStatut
from services.bornes.statuts import suite
from services.bornes.statuts.commands import enregistrer
from services.bornes.statuts.dynamique import ETATS, ETATS_PRISE, OCCUPATIONS, Lu, Statut
from tests.bornes.statuts.conftest import NOW, cells, codes
from tests.examples import tried_on

STATUTS = st.lists(
    st.tuples(
        st.sampled_from(ETATS),
        st.sampled_from(OCCUPATIONS),
        st.integers(0, 290),
        st.none() | st.sampled_from(ETATS_PRISE),
    ).filter(lambda told: told[0] == "en_service" or told[1] != "occupe"),
    max_size=8,
    unique_by=lambda told: told[2],
)


def lus(point, told):
    return [
        Lu(point, Statut(point, etat, occupation, NOW - timedelta(seconds=age), prise))
        for etat, occupation, age, prise in told
    ]


def kept(session, point):
    """All that is kept of a point but its name."""
    session.expire_all()
    found = session.get(DernierStatut, point)
    columns = DernierStatut.__table__.columns.keys()
    history = select(
        *(HISTORIQUE.c[name] for name in ("etat_pdc", "occupation_pdc", "horodatage", "vu_avant"))
    ).where(HISTORIQUE.c.point_id == point)
    return (
        found and {name: getattr(found, name) for name in columns if name != "point_id"},
        session.execute(history.order_by(HISTORIQUE.c.horodatage)).all(),
    )


@tried_on(60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=STATUTS, told=STATUTS, seconds=st.sampled_from([5, 60, 3600]))
def test_one_call_leaves_what_a_call_each_leaves(session, points, before, told, seconds):
    """A short expiry breaks states that last, and the midnight of Paris may pass."""
    peremption = timedelta(seconds=seconds)
    alone, together = points[:2]

    def tell(statuses):
        return enregistrer(session, statuses, prefixes=None, peremption=peremption, maintenant=NOW)

    with session.begin_nested() as undone:
        tell([*lus(alone, before[:1]), *lus(together, before[:1])])
        in_order = sorted(told, key=lambda one: -one[2])
        each = [code for one in in_order for code in codes(*tell(lus(alone, [one])))]
        at_once = tell(lus(together, told))
        ranks = sorted(range(len(told)), key=lambda place: -told[place][2])
        assert [code for rank in ranks for code in codes(at_once[rank])] == each
        assert kept(session, together) == kept(session, alone)
        undone.rollback()


def test_many_statuses_of_one_point_take_no_statement_each(session, points, tell):
    """Ten thousand took as many statements, and ten seconds."""
    statements = []

    def count(_connection, _cursor, statement, *_rest):
        statements.append(statement)

    engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", count)
    try:
        verdicts = tell(
            *(cells(points[0], occupation=("libre", "occupe")[n % 2], age_s=n) for n in range(290))
        )
    finally:
        event.remove(engine, "before_cursor_execute", count)
    assert all(verdict.accepte for verdict in verdicts)
    assert len(statements) < 20  # those of a month that has no partition yet, too
    assert len(kept(session, points[0])[1]) == 290


def test_more_than_one_a_minute_is_said_of_each_that_is_too_many(
    session, points, tell, monkeypatch
):
    monkeypatch.setattr(suite, "PAR_JOUR_MAX", 3)
    verdicts = tell(*(cells(points[0], age_s=10 - n) for n in range(5)))
    assert [codes(verdict) for verdict in verdicts] == [[], [], [], ["OVRT"], ["OVRT"]]
    assert kept(session, points[0])[0]["nombre"] == 5
