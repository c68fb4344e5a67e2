"""The pages and the HTTP routes, over `scenario_core`."""
