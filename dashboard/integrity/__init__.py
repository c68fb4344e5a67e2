"""The audit as the pages show it, without streamlit: the address, the findings of a view, and a report kept fresh."""
