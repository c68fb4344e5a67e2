// The choices that narrow the catalogue, each with the number of scenarios it would leave.
const drawn = new WeakMap()
const open = new WeakMap()

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".facets")
  const state = JSON.stringify(data)
  if (drawn.get(root) === state) return
  drawn.set(root, state)
  if (!open.has(root)) {
    open.set(root, new Set())
    document.addEventListener("pointerdown", (event) => {
      if (!event.composedPath().includes(root)) closeAll(root)
    })
  }
  const focused = parentElement.activeElement?.dataset?.focus
  root.replaceChildren(...data.groups.map((group) => facet(root, group, setTriggerValue)))
  if (focused) root.querySelector(`[data-focus="${CSS.escape(focused)}"]`)?.focus()
}

// On a phone an open panel pushes the list down: closing it under a finger would move the list away from that finger.
const PHONE = matchMedia("(max-width: 40rem)")

function closeAll(root) {
  if (PHONE.matches) return
  for (const details of root.querySelectorAll("details[open]")) details.open = false
}

function make(tag, attributes, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) if (value !== null) element.setAttribute(name, value)
  element.append(...children)
  return element
}

function facet(root, group, send) {
  const chosen = group.options.filter((option) => option.on)
  const summary = make("summary", { "data-focus": `group ${group.key}`, class: chosen.length ? "chosen" : null }, group.label)
  if (chosen.length) summary.append(make("span", { class: "count" }, String(chosen.length)))
  const list = group.options.map((option) => {
    const box = make("input", { type: "checkbox", "data-focus": `${group.key} ${option.value}` })
    box.checked = option.on
    box.addEventListener("change", () => send("toggle", { group: group.key, value: option.value, on: box.checked }))
    return make("label", {}, box, make("span", { class: "name" }, option.label), make("span", { class: "number" }, option.number))
  })
  const panel = make("fieldset", {}, make("legend", {}, group.label), ...list)
  const details = make("details", { name: "facet" }, summary, panel)
  details.open = open.get(root).has(group.key)
  details.addEventListener("toggle", () => {
    if (details.open) open.get(root).add(group.key)
    else open.get(root).delete(group.key)
  })
  details.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !details.open) return
    details.open = false
    summary.focus()
  })
  return details
}
