"""One file a page: read state, call the core, draw. `dashboard.main` names them all."""
