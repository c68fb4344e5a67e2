// The scenarios of a collection, in order; its owner moves, notes and removes them. Every text is set as text.
// A note that is being typed stays as it is while the rest is drawn anew, and one that was sent until it is stored.
const views = new WeakMap()

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".collection")
  const state = JSON.stringify(data)
  const view = views.get(root) ?? { sent: new Map() }
  views.set(root, view)
  view.send = setTriggerValue
  if (view.state === state) return
  Object.assign(view, { state, data })
  const focused = parentElement.activeElement?.dataset?.focus
  const typed = parentElement.activeElement?.closest?.("textarea")
  const places = new Map([...root.querySelectorAll("li")].map((item) => [item.dataset.id, item.dataset.place]))
  draw(root, list(view), typed)
  root.querySelector("[role=status]")?.remove()
  root.append(status(data, places, focused))
  if (focused && !typed?.isConnected) root.querySelector(`[data-focus="${CSS.escape(focused)}"]`)?.focus()
}

// Puts the new list in the place of the former one, around the row in which somebody is typing.
function draw(root, fresh, typed) {
  const former = root.querySelector("ol, ul")
  const row = typed?.closest("li")
  const twin = row && [...fresh.children].find((each) => each.dataset.id === row.dataset.id)
  if (!former || !twin?.querySelector("textarea") || former.tagName !== fresh.tagName) {
    root.replaceChildren(fresh)
    return
  }
  for (const { name, value } of fresh.attributes) former.setAttribute(name, value)
  for (const each of [...former.children]) if (each !== row) each.remove()
  const rows = [...fresh.children]
  row.before(...rows.slice(0, rows.indexOf(twin)))
  row.after(...rows.slice(rows.indexOf(twin) + 1))
  row.dataset.place = twin.dataset.place
  for (const part of [".place", ".name", ".facts", ".tools"]) row.querySelector(part)?.replaceWith(twin.querySelector(part))
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

function link(row, view) {
  const anchor = make("a", { href: row.href, lang: row.lang, "data-focus": `open ${row.id}` }, row.title)
  anchor.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return
    event.preventDefault()
    view.send("open", row.id)
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

function tools(row, view) {
  const { data } = view
  const move = (by) => view.send("move", { id: row.id, by })
  return make(
    "div",
    { class: "tools" },
    button(row, "up", "Move up", "↑", row.place > 1, () => move(-1)),
    button(row, "down", "Move down", "↓", row.place < data.total, () => move(1)),
    button(row, "remove", "Remove", "✕", true, () => view.send("remove", row.id)),
  )
}

function note(row, view) {
  const { data, sent } = view
  if (sent.get(row.id)?.trim() === row.note.trim()) sent.delete(row.id)
  if (!data.editable) return row.note ? make("p", { class: "note" }, row.note) : null
  const field = make("textarea", {
    rows: 1, maxlength: data.longest_note, placeholder: "A note, such as what to look out for",
    "aria-label": `Note on ${row.title}`, "data-focus": `note ${row.id}`,
  }, sent.get(row.id) ?? row.note)
  field.addEventListener("change", () => {
    sent.set(row.id, field.value)
    view.send("note", { id: row.id, text: field.value })
  })
  return field
}

function item(row, view) {
  const { data } = view
  const element = make(
    "li",
    { "data-id": row.id, "data-place": row.place },
    data.ordered ? make("span", { class: "place", "aria-hidden": "true" }, String(row.place)) : null,
    make(
      "div",
      { class: "body" },
      make("div", { class: "name" }, link(row, view)),
      make("p", { class: "facts" }, row.facts),
      note(row, view),
    ),
    data.editable ? tools(row, view) : null,
  )
  element.addEventListener("keydown", (event) => {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key]
    const place = Number(element.dataset.place) + by
    if (!data.editable || !event.altKey || !by || place < 1 || place > view.data.total) return
    event.preventDefault()
    view.send("move", { id: row.id, by })
  })
  return element
}

function list(view) {
  const { data } = view
  const rows = data.items.map((row) => item(row, view))
  return make(data.ordered ? "ol" : "ul", { "aria-label": data.label, start: data.ordered ? data.first : null }, ...rows)
}

// Says where the row that has the focus stands now, for those who can't see it.
function status(data, places, focused) {
  const row = data.items.find((each) => focused?.endsWith(` ${each.id}`))
  const moved = row && places.has(row.id) && places.get(row.id) !== String(row.place)
  return make("p", { role: "status" }, moved ? `${row.title}: now at place ${row.place} of ${data.total}` : "")
}
