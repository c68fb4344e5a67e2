"""Schema migrations, run by `scenario_core.custom.schema`."""
