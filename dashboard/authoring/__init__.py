"""The form's logic, without streamlit: what can be edited, how a draft changes, and where a fault belongs."""
