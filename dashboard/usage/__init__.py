"""What the page Usage draws from: its address, its figures and its files. No streamlit."""
