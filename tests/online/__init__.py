"""Lookups: what a service is told is what a backfill says."""
