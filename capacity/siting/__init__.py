"""Siting: how many facilities, how large and where, to close a gap."""
