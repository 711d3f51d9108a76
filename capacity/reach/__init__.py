"""Reach: who can get to what within a radius, a walking distance or a walking time."""
