"""Assess: what the norms ask for, what exists, and what is short, unit by unit."""
