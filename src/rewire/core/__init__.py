"""Types, schemas, errors, the registry, provenance and the store: what every room shares."""
