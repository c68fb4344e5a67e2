// Stands before Streamlit's own scripts in the page.

// On the address of a page, such as /catalogue, Streamlit would first look for its server below that page, fail, and
// look again: two needless requests and two errors in the console for every deep link.
window.__streamlit = { BACKEND_BASE_URL: location.origin + BASE_PATH }

// st.switch_page with parameters makes two entries in the history, first the new parameters on the old page, then the
// new page: going back would lead to an address that nobody has seen. The second takes the place of the first.
{
  const push = history.pushState.bind(history)
  let last = { at: -Infinity, path: null }
  history.pushState = (state, title, address) => {
    const now = performance.now()
    const next = new URL(address ?? "", location.href)
    const isSecondHalf =
      now - last.at < 1000 && last.path === location.pathname && next.pathname !== location.pathname &&
      next.search !== "" && next.search === location.search
    last = { at: now, path: next.pathname === location.pathname ? location.pathname : null }
    if (isSecondHalf) history.replaceState(state, title, address)
    else push(state, title, address)
  }
}
