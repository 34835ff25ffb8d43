"""Computing per request: feature lookups and model serving stand here."""
