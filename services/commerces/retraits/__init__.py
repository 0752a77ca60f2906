"""Demands that end undecided: who made one withdraws it."""
