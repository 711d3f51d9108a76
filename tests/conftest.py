"""Settings of all tests."""

from hypothesis import settings

# How long an example takes depends on what else the machine does; it is measured in benchmarks.
settings.register_profile("capacity", deadline=None)
settings.load_profile("capacity")
