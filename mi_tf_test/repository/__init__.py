"""Rules of the repository: imports, names, BUILD files, locked versions."""
