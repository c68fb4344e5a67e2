"""Both stores as one catalogue: list, search, facets, resolve an id, start a conversation."""

from scenario_core.catalogue.catalogue import Catalogue, CataloguePage, CatalogueScenario
from scenario_core.catalogue.conversation import Conversation
from scenario_core.catalogue.facets import Facets

__all__ = ["Catalogue", "CataloguePage", "CatalogueScenario", "Conversation", "Facets"]
