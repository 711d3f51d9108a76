"""Monitoring: what changed between two assessments and why, and what planned projects will close."""
