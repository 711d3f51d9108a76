"""Facility capacity planning: apply siting norms, report what is missing, where, and why."""

__version__ = "0.1.0"
