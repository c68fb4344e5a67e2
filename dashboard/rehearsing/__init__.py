"""Rehearsals on the pages: free of Streamlit, so that all of it can be tested without a browser."""
