"""Hypothesis profiles: no deadlines, since the machines that run this are shared."""

from hypothesis import settings

settings.register_profile("quick", deadline=None)
settings.register_profile("campaign", deadline=None, max_examples=5000)
settings.load_profile("quick")
