"""Tests of dedup, in the folders of the packages that they test."""
