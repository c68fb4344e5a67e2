// Findings of the checks in groups: boxes to waive by, links to the place, and what a check says of itself.
// Every text is set as text, never as markup.
const drawn = new WeakMap()
const open = new WeakMap()
const jumped = new WeakSet()
const SIGNS = { error: "■", warning: "◆", notice: "●" }

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".findings")
  const state = JSON.stringify(data)
  if (drawn.get(root) === state) return
  drawn.set(root, state)
  if (!open.has(root)) open.set(root, new Set())
  const focused = parentElement.activeElement?.dataset?.focus
  const context = { data, send: setTriggerValue, open: open.get(root) }
  root.setAttribute("aria-label", data.label)
  root.replaceChildren(...data.groups.map((group) => section(group, context)))
  if (focused) root.querySelector(`[data-focus="${CSS.escape(focused)}"]`)?.focus()
  if (data.place && !jumped.has(root)) {
    jumped.add(root)
    jump(data.place, 40)
  }
}

// To the place on the page that a finding is about, or to what surrounds it; the page may still be drawing it.
function jump(place, tries) {
  if (tries) {
    const found = document.querySelector(`[data-place="${CSS.escape(place)}"]`)
    if (!found) return setTimeout(() => jump(place, tries - 1), 50)
    found.setAttribute("data-marked", "")
    found.tabIndex = -1
    found.scrollIntoView({ block: "center" })
    found.focus({ preventScroll: true })
    return
  }
  const above = place.slice(0, place.lastIndexOf("/"))
  if (above) jump(above, 1)
}

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === false || value === "") continue
    element.setAttribute(name, value === true ? "" : value)
  }
  element.append(...children.filter((child) => child !== null && child !== ""))
  return element
}

function section(group, context) {
  const list = make("ul", {}, ...group.findings.map((finding) => item(finding, context)))
  if (!group.title) return make("section", {}, list)
  const title = make("h2", {}, group.link ? link({ ...group.link, label: group.title }, `head ${group.key}`, context) : group.title)
  const head = make(
    "div",
    { class: "head" },
    title,
    group.store ? make("span", { class: `badge ${group.store.toLowerCase()}` }, group.store) : null,
    make("span", { class: "tally" }, ...group.tally.map((each) => severity(each.severity, each.text))),
  )
  const parts = [head]
  if (group.facts) parts.push(make("p", { class: "facts" }, group.facts))
  if (group.code) parts.push(about(group.code, `about ${group.code}`, "Why it matters, and how to mend it", context))
  if (group.hint.length) parts.push(make("p", { class: "hint" }, ...coded(group.hint)))
  if (group.links.length) parts.push(make("p", { class: "links" }, ...group.links.map((each, number) => link(each, `mend ${group.key} ${number}`, context))))
  if (group.tick) parts.push(tickAll(group, context))
  parts.push(list)
  if (group.more) parts.push(button(group.more.text, `more ${group.key}`, () => context.send("more", group.more.key), "more", `${group.more.text} of ${group.title}`))
  return make("section", {}, ...parts)
}

function severity(kind, text) {
  return make("span", { class: `severity ${kind}` }, make("span", { "aria-hidden": "true" }, SIGNS[kind]), ` ${text}`)
}

function tickAll(group, context) {
  const box = make("input", { type: "checkbox", "data-focus": `all ${group.key}` })
  box.checked = group.tick.state === "all"
  box.indeterminate = group.tick.state === "some"
  box.addEventListener("change", () => context.send("tick_group", { key: group.key, on: box.checked }))
  return make("label", { class: "all" }, box, group.tick.text)
}

function item(finding, context) {
  const spoken = plainText(finding.message)
  const lead = make("div", { class: "lead" }, finding.severity ? severity(finding.severity, finding.severity) : null)
  if (finding.title) lead.append(linked(finding.title, "name", finding, context))
  if (finding.title_id) lead.append(make("span", { class: "id" }, finding.title_id))
  if (finding.place) lead.append(finding.title ? make("span", { class: "place" }, finding.place) : linked(finding.place, "place", finding, context))
  if (finding.is_new) lead.append(make("span", { class: "new" }, "new"))
  const body = make("div", { class: "body" }, lead, make("p", { class: "message" }, ...pieces(finding.message)))
  if (finding.evidence.length) {
    const pairs = finding.evidence.map((each) => make("div", {}, make("dt", {}, each.word), make("dd", {}, ...pieces(each.pieces))))
    body.append(make("dl", {}, ...pairs))
  }
  if (finding.hint.length && !finding.waiver) body.append(make("p", { class: "hint" }, ...coded(finding.hint)))
  if (finding.waiver) body.append(waived(finding, context))
  const links = finding.links.map((each, number) => link(each, `link ${finding.id} ${number}`, context, `${each.label}: ${spoken}`))
  if (links.length || finding.since) {
    body.append(make("p", { class: "links" }, ...links, finding.since ? make("span", { class: "since" }, finding.since) : null))
  }
  if (finding.code) body.append(about(finding.code, `about ${finding.id}`, context.data.checks[finding.code]?.title ?? finding.code, context))
  const classes = ["finding", finding.ticked ? "ticked" : "", finding.waiver ? "waived" : ""].filter(Boolean).join(" ")
  return make("li", { class: classes }, finding.ticked === null ? null : tick(finding, spoken, context), body)
}

function linked(text, style, finding, context) {
  if (!finding.link) return make("span", { class: style }, text)
  const anchor = link({ ...finding.link, label: text }, `open ${finding.id}`, context)
  anchor.classList.add(style)
  return anchor
}

function tick(finding, spoken, context) {
  const box = make("input", { type: "checkbox", "aria-label": `Select: ${finding.title} ${finding.place} ${spoken}`, "data-focus": `tick ${finding.id}` })
  box.checked = finding.ticked
  box.addEventListener("change", () => context.send("tick", { ids: [finding.id], on: box.checked }))
  return box
}

function waived(finding, context) {
  const line = make("p", { class: "waiver" }, make("span", {}, finding.waiver.by), ` ${finding.waiver.reason} `)
  if (finding.waiver.id) {
    line.append(button("Withdraw", `withdraw ${finding.id}`, () => context.send("withdraw", finding.waiver.id), "", `Withdraw the waiver: ${finding.waiver.reason}`))
  }
  return line
}

function about(code, key, label, context) {
  const check = context.data.checks[code]
  if (!check) return null
  const details = make("details", {}, make("summary", { "data-focus": key }, label))
  const fill = () => {
    if (details.childElementCount > 1) return
    const parts = check.parts.map((part) => make("div", {}, make("h3", {}, part.title), ...paragraphs(part.paragraphs)))
    details.append(make("div", { class: "about" }, ...paragraphs(check.summary), ...parts, make("p", { class: "kind" }, check.kind)))
  }
  details.open = context.open.has(key)
  if (details.open) fill()
  details.addEventListener("toggle", () => {
    if (details.open) {
      fill()
      context.open.add(key)
    } else context.open.delete(key)
  })
  return details
}

function paragraphs(found) {
  return found.map((parts) => make("p", {}, ...coded(parts)))
}

function coded(parts) {
  return parts.map(([text, isCode]) => (isCode ? make("code", {}, text) : text))
}

function pieces(found) {
  return found.map(([text, isGlyph]) => (isGlyph ? make("span", { class: "glyph" }, text) : text))
}

function plainText(found) {
  return found.map(([text]) => text).join("")
}

function link(target, focus, context, spoken = null) {
  const anchor = make("a", { href: target.href, "data-focus": focus, "aria-label": spoken, class: target.is_repair ? "repair" : null }, target.label)
  anchor.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return
    event.preventDefault()
    context.send("go", { page: target.page, params: target.params })
  })
  return anchor
}

function button(text, focus, action, classes = "", spoken = null) {
  const made = make("button", { type: "button", class: classes, "data-focus": focus, "aria-label": spoken }, text)
  made.addEventListener("click", action)
  return made
}
