"""What every page has in common: the window's name and the navigation."""

import streamlit as st

st.set_page_config(page_title="Scenario Desk", page_icon=":material/forum:", layout="wide")

page = st.navigation(
    [
        st.Page(
            "app_pages/catalogue.py",
            title="Catalogue",
            icon=":material/menu_book:",
            default=True,
            help="Every production scenario with its category, level, language and length.",
        ),
    ],
)
page.run()
