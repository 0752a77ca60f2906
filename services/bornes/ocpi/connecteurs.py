"""The connectors of a charging point, with the electrical figures that IRVE does not give.

OCPI demands volts and amperes. IRVE has the power of the point only: they are derived from it,
within what each plug can carry, and a connector says so in `valeurs_deduites`.
"""

from math import ceil
from typing import Any, Final, NamedTuple, Protocol


class Prises(Protocol):
    """What a point must tell of its plugs, named as in IRVE statique."""

    @property
    def puissance_nominale(self) -> float: ...
    @property
    def prise_type_ef(self) -> bool: ...
    @property
    def prise_type_2(self) -> bool: ...
    @property
    def prise_type_combo_ccs(self) -> bool: ...
    @property
    def prise_type_chademo(self) -> bool: ...
    @property
    def cable_t2_attache(self) -> bool | None: ...


class Plug(NamedTuple):
    """A kind of plug: its id in the EVSE, what OCPI calls it, what it can carry."""

    id: str
    colonne: str
    standard: str
    is_dc: bool
    max_w: int


PLUGS: Final = (
    Plug("EF", "prise_type_ef", "DOMESTIC_E", is_dc=False, max_w=3_700),
    Plug("T2", "prise_type_2", "IEC_62196_T2", is_dc=False, max_w=43_000),
    Plug("CCS", "prise_type_combo_ccs", "IEC_62196_T2_COMBO", is_dc=True, max_w=500_000),
    Plug("CHADEMO", "prise_type_chademo", "CHADEMO", is_dc=True, max_w=200_000),
)
"""`prise_type_autre` has no word in OCPI: a point with nothing else has no connector."""

SINGLE_PHASE_MAX_W: Final = 7_400
VOLTS_AC: Final = 230
"""Between a phase and the neutral, also of three phases."""
VOLTS_DC: Final = 500
FAST_VOLTS_DC: Final = 920
FAST_W: Final = 62_500
"""Above 500 V × 125 A, a CCS point is of the 920 V generation."""


def connectors(point: Prises, *, last_updated: str, tariff_ids: list[str]) -> list[dict[str, Any]]:
    """The connectors of a point, none when OCPI has no word for its plugs."""
    return [
        _connector(plug, point)
        | ({"tariff_ids": tariff_ids} if tariff_ids else {})
        | {"last_updated": last_updated}
        for plug in PLUGS
        if getattr(point, plug.colonne)
    ]


def _connector(plug: Plug, point: Prises) -> dict[str, Any]:
    watts = min(round(point.puissance_nominale * 1000), plug.max_w)
    power_type, volts, amperes = _dc(plug, watts) if plug.is_dc else _ac(plug, watts)
    derived = ["max_voltage", "max_amperage"]
    if watts < round(point.puissance_nominale * 1000):
        derived.append("max_electric_power")
    cable = plug.is_dc or (plug.id == "T2" and point.cable_t2_attache is True)
    return {
        "id": plug.id,
        "standard": plug.standard,
        "format": "CABLE" if cable else "SOCKET",
        "power_type": power_type,
        "max_voltage": volts,
        "max_amperage": amperes,
        **({"max_electric_power": watts} if watts else {}),
        "valeurs_deduites": derived,
    }


def _ac(plug: Plug, watts: int) -> tuple[str, int, int]:
    phases = 1 if plug.id == "EF" or watts <= SINGLE_PHASE_MAX_W else 3
    amperes = max(1, round(watts / (VOLTS_AC * phases)))
    return f"AC_{phases}_PHASE", VOLTS_AC, amperes


def _dc(plug: Plug, watts: int) -> tuple[str, int, int]:
    volts = FAST_VOLTS_DC if plug.id == "CCS" and watts > FAST_W else VOLTS_DC
    return "DC", volts, max(1, ceil(watts / volts))
