"""How scenarios are used."""
