// The scenarios of a collection, in order; its owner moves, notes and removes them. Every text is set as text.
const drawn = new WeakMap()

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".collection")
  const state = JSON.stringify(data)
  if (drawn.get(root) === state) return
  drawn.set(root, state)
  const focused = parentElement.activeElement?.dataset?.focus
  const places = new Map([...root.querySelectorAll("li")].map((item) => [item.dataset.id, item.dataset.place]))
  root.replaceChildren(list(data, setTriggerValue), status(data, places, focused))
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

// A button that can do nothing at the moment keeps the focus: who moves a row to the top can move it down again.
function button(row, name, label, sign, can, act) {
  const element = make(
    "button",
    {
      type: "button", "aria-label": `${label}: ${row.title}`, title: label, "aria-disabled": can ? null : "true",
      "data-focus": `${name} ${row.id}`,
    },
    make("span", { "aria-hidden": "true" }, sign),
  )
  element.addEventListener("click", () => can && act())
  return element
}

function tools(row, data, send) {
  const move = (by) => send("move", { id: row.id, by })
  return make(
    "div",
    { class: "tools" },
    button(row, "up", "Move up", "↑", row.place > 1, () => move(-1)),
    button(row, "down", "Move down", "↓", row.place < data.total, () => move(1)),
    button(row, "remove", "Remove", "✕", true, () => send("remove", row.id)),
  )
}

function note(row, data, send) {
  if (!data.editable) return row.note ? make("p", { class: "note" }, row.note) : null
  const field = make("textarea", {
    rows: 1, maxlength: data.longest_note, placeholder: "A note, such as what to look out for",
    "aria-label": `Note on ${row.title}`, "data-focus": `note ${row.id}`,
  }, row.note)
  field.addEventListener("change", () => send("note", { id: row.id, text: field.value }))
  return field
}

function item(row, data, send) {
  const element = make(
    "li",
    { "data-id": row.id, "data-place": row.place },
    data.ordered ? make("span", { class: "place", "aria-hidden": "true" }, String(row.place)) : null,
    make(
      "div",
      { class: "body" },
      make("div", { class: "name" }, link(row, send)),
      make("p", { class: "facts" }, row.facts),
      note(row, data, send),
    ),
    data.editable ? tools(row, data, send) : null,
  )
  element.addEventListener("keydown", (event) => {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key]
    if (!data.editable || !event.altKey || !by || row.place + by < 1 || row.place + by > data.total) return
    event.preventDefault()
    send("move", { id: row.id, by })
  })
  return element
}

function list(data, send) {
  const rows = data.items.map((row) => item(row, data, send))
  return make(data.ordered ? "ol" : "ul", { "aria-label": data.label, start: data.ordered ? data.first : null }, ...rows)
}

// Says where the row that has the focus stands now, for those who can't see it.
function status(data, places, focused) {
  const row = data.items.find((each) => focused?.endsWith(` ${each.id}`))
  const moved = row && places.has(row.id) && places.get(row.id) !== String(row.place)
  return make("p", { role: "status" }, moved ? `${row.title}: now at place ${row.place} of ${data.total}` : "")
}
