"""Mechanics that every service needs and no service owns: no business noun in here."""
