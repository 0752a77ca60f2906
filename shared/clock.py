"""The current time, from the one clock that all processes share: the database's."""

from datetime import date, datetime

from sqlalchemy import Connection, select, text
from sqlalchemy.orm import Session
from sqlalchemy.sql import func

_NOW = select(func.now())
_TODAY = text("SELECT CAST(now() AT TIME ZONE 'Europe/Paris' AS date)")


def now(session: Session | Connection) -> datetime:
    """When this transaction began."""
    instant: datetime = session.execute(_NOW).scalar_one()
    return instant


def today(session: Session | Connection) -> date:
    """The day it is in Paris."""
    day: date = session.execute(_TODAY).scalar_one()
    return day
