// The list of what is still to be mended: each entry moves the focus to its field.
const drawn = new WeakMap()
let jumped = null

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".faults")
  const state = JSON.stringify(data.faults)
  if (drawn.get(root) !== state) {
    drawn.set(root, state)
    const open = root.querySelector("details")?.open ?? true
    root.replaceChildren(...list(data, open, setTriggerValue))
  }
  if (data.focus && data.focus.stamp !== jumped) {
    jumped = data.focus.stamp
    jump(data.focus.key, 40)
  }
}

function list(data, open, send) {
  if (!data.faults.length) {
    const good = document.createElement("p")
    good.className = "good"
    good.textContent = "Nothing to mend: this can be saved."
    return [good]
  }
  const details = document.createElement("details")
  details.open = open
  const summary = document.createElement("summary")
  summary.textContent = `${data.faults.length} ${data.faults.length === 1 ? "thing" : "things"} to mend before saving`
  const items = document.createElement("ul")
  for (const fault of data.faults) {
    const button = document.createElement("button")
    button.type = "button"
    const where = document.createElement("strong")
    where.textContent = fault.where
    button.append(where, ` ${fault.sentence}`)
    button.addEventListener("click", () => {
      if (fieldOf(fault.key)) jump(fault.key, 0)
      else send("jump", { part: fault.part, key: fault.key })
    })
    const item = document.createElement("li")
    item.append(button)
    items.append(item)
  }
  details.append(summary, items)
  return [details]
}

function fieldOf(key) {
  return document.querySelector(`.st-key-${CSS.escape(key)} :is(input, textarea)`)
}

function jump(key, tries) {
  const field = fieldOf(key)
  if (field) {
    field.scrollIntoView({ block: "center" })
    field.focus()
  } else if (tries) setTimeout(() => jump(key, tries - 1), 50)
}
