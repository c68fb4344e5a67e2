// A list of scenarios as a table or as tiles. Every text is set as text, never as markup.
const drawn = new WeakMap()

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".listing")
  const state = JSON.stringify(data)
  if (drawn.get(root) === state) return
  drawn.set(root, state)
  const focused = parentElement.activeElement?.dataset?.focus
  root.replaceChildren(data.layout === "tiles" ? tiles(data, setTriggerValue) : table(data, setTriggerValue))
  if (focused) root.querySelector(`[data-focus="${CSS.escape(focused)}"]`)?.focus()
}

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === false) continue
    element.setAttribute(name, value === true ? "" : value)
  }
  element.append(...children.filter((child) => child !== null))
  return element
}

function link(row, send) {
  const anchor = make("a", { href: row.href, lang: row.lang, "data-focus": `open ${row.id}` }, row.title)
  anchor.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return
    event.preventDefault()
    send("open", row.id)
  })
  return anchor
}

function tick(row, send) {
  const box = make("input", {
    type: "checkbox",
    "aria-label": `Select ${row.title}`,
    "data-focus": `tick ${row.id}`,
  })
  box.checked = row.ticked
  box.addEventListener("change", () => send("tick", { ids: [row.id], on: box.checked }))
  return box
}

function badge(row) {
  return make("span", { class: `badge ${row.store}` }, row.store_label)
}

function cell(row, column) {
  if (column.key === "store") return badge(row)
  if (column.key === "tags") return make("span", {}, ...row.tags.map((tag) => make("span", { class: "tag" }, tag)))
  return String(row[column.key] ?? "")
}

function heading(column, data, send) {
  const sorted = data.sort === column.key ? (data.descending ? "descending" : "ascending") : null
  const header = make("th", { scope: "col", class: column.numeric ? "number" : null, "aria-sort": sorted })
  if (!column.sortable) {
    header.append(column.label)
    return header
  }
  const arrow = make("span", { "aria-hidden": "true", class: "arrow" }, sorted === "descending" ? "↓" : sorted ? "↑" : "↕")
  const button = make("button", { type: "button", "data-focus": `sort ${column.key}` }, column.label, arrow)
  button.addEventListener("click", () => send("sort", column.key))
  header.append(button)
  return header
}

function tickAll(data, send) {
  const box = make("input", { type: "checkbox", "aria-label": "Select every scenario of this page", "data-focus": "all" })
  const ticked = data.rows.filter((row) => row.ticked).length
  box.checked = ticked === data.rows.length
  box.indeterminate = ticked > 0 && !box.checked
  box.addEventListener("change", () => send("tick", { ids: data.rows.map((row) => row.id), on: box.checked }))
  return box
}

function table(data, send) {
  const head = make("tr", {})
  if (data.selectable) head.append(make("th", { scope: "col", class: "tick" }, tickAll(data, send)))
  const title = { key: "title", label: data.heading ?? "Scenario", sortable: data.sortable }
  head.append(...[title, ...data.columns].map((column) => heading(column, data, send)))
  const body = data.rows.map((row) => {
    const line = make("tr", { class: row.ticked ? "ticked" : null })
    if (data.selectable) line.append(make("td", { class: "tick" }, tick(row, send)))
    line.append(make("th", { scope: "row" }, link(row, send)))
    line.append(
      ...data.columns.map((column) =>
        make("td", { class: column.numeric ? "number" : null, "data-label": column.label }, cell(row, column)),
      ),
    )
    return line
  })
  return make(
    "table",
    {},
    make("caption", {}, data.label),
    make("thead", {}, head),
    make("tbody", {}, ...body),
  )
}

function tiles(data, send) {
  const items = data.rows.map((row) =>
    make(
      "li",
      { class: row.ticked ? "tile ticked" : "tile" },
      make("div", { class: "top" }, badge(row), data.selectable ? tick(row, send) : null),
      make("div", { class: "name" }, link(row, send)),
      make("p", { class: "facts" }, row.facts),
      row.note ? make("p", { class: "note" }, row.note) : null,
      row.tags.length ? make("p", { class: "tags" }, ...row.tags.map((tag) => make("span", { class: "tag" }, tag))) : null,
    ),
  )
  return make("ul", { class: "tiles", "aria-label": data.label }, ...items)
}
