"""Integrity: what differs between two states of the catalogue, and whether it is intact."""
