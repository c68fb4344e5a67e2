"""Charts from frames: Altair, no streamlit. A chart draws exactly the frame it is given."""
