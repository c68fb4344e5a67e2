// Walks a learner through a scenario with neither a network nor a dictionary: every form that counts is in the page.
"use strict"
const lesson = JSON.parse(document.getElementById("lesson").textContent)
const RANK = { "not yet": 0, nearly: 1, used: 2 }
const MARKS = { "not yet": "○", nearly: "◐", used: "✓" }
const WORD = /(?<![\p{L}\p{N}_@/\\])[\p{L}\p{M}]+(?:['’‐‑-][\p{L}\p{M}]+)*(?![\p{L}\p{N}_@])/gu
const ALONE = "\\u3040-\\u30ff\\u31f0-\\u31ff\\u3400-\\u4dbf\\u4e00-\\u9fff\\uf900-\\ufaff"
const TOKEN = new RegExp(`[${ALONE}]|(?:(?![${ALONE}])[\\p{L}\\p{N}])+`, "gu")
const ADDRESS = /\S{1,99}@\S+|https?:\/\/\S+|www\.\S+/g
let state

function fold(text) {
  const plain = text.normalize("NFKD").replace(/[\u0300-\u036f]+/g, "").toLowerCase().replaceAll("ß", "ss")
  return (plain.normalize("NFC").match(TOKEN) ?? []).join(" ")
}

function wordsOf(text) {
  const found = text.replace(ADDRESS, " ").match(WORD) ?? []
  return found.flatMap((word) => word.split(/['’‐‑-]/)).map(fold).filter(Boolean)
}

// The optimal string alignment distance: letters added, left out, replaced, or two neighbours swapped.
function distance(one, other) {
  let before = [], row = [...other, ""].map((_, place) => place)
  for (let i = 1; i <= one.length; i++) {
    const next = [i]
    for (let j = 1; j <= other.length; j++) {
      const cost = one[i - 1] === other[j - 1] ? 0 : 1
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + cost)
      if (i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1]) next[j] = Math.min(next[j], before[j - 2] + 1)
    }
    before = row
    row = next
  }
  return row[other.length]
}

function isSlip(word, wanted, more = 0) {
  if (wanted.near.includes(word)) return false
  return wanted.base.some((form) => form.length >= 4 && distance(word, form) <= (form.length >= 8 ? 2 : 1) + more)
}

function useOf(wanted, said, folded) {
  if (wanted.whole) return folded.includes(wanted.whole) ? "used" : "not yet"
  const has = (word) => said.some((each) => word.forms.includes(each)) || (lesson.forgives && said.some((each) => isSlip(each, word)))
  const missing = wanted.words.filter((word) => !has(word)).map((word) => word.text)
  const total = wanted.words.length, matched = total - missing.length, needed = wanted.indispensable
  let enough = 3 * matched >= 2 * total
  if (wanted.kind === "vocabulary") enough = matched === total
  else if (needed.length) enough = 4 * matched >= 3 * total && !needed.some((word) => missing.includes(word))
  if (total && enough) return "used"
  const saysNothing = needed.length && needed.every((word) => missing.includes(word))
  if (matched && 2 * matched >= total && !saysNothing) return "nearly"
  const isNear = wanted.kind === "vocabulary" && total === 1 && lesson.forgives
  return isNear && said.some((each) => isSlip(each, wanted.words[0], 1)) ? "nearly" : "not yet"
}

function detect(place, text) {
  const said = wordsOf(text), folded = fold(text)
  return lesson.phases[place].wanted.map((wanted) => useOf(wanted, said, folded))
}

function isMet(place) {
  return ["vocabulary", "phrase"].every((kind) => {
    const uses = lesson.phases[place].wanted.flatMap((wanted, at) => (wanted.kind === kind ? [state.uses[place][at]] : []))
    return uses.filter((use) => use === "used").length >= Math.ceil(uses.length / 2)
  })
}

function turned(choices) {
  return choices[state.said % choices.length]
}

function open(place, kind) {
  const at = lesson.phases[place].wanted.findIndex((wanted, at) => wanted.kind === kind && state.uses[place][at] !== "used")
  return at < 0 ? null : lesson.phases[place].wanted[at]
}

function lead() {
  const wanted = open(state.place, "vocabulary")
  return wanted ? turned(lesson.lines.leads_on).replace("{}", () => wanted.term) : ""
}

function takenUp(place, uses) {
  const used = lesson.phases[place].wanted.filter((wanted, at) => wanted.kind === "vocabulary" && uses[at] === "used")
  const longest = () => used.reduce((one, other) => (other.entry.length > one.entry.length ? other : one)).term
  if (used.length) return turned(lesson.lines.takes_up).replace("{}", longest)
  return uses.some((use) => use !== "not yet") ? turned(lesson.lines.agrees) : ""
}

function partner(...parts) {
  add(lesson.ai_role, parts.filter(Boolean).join(" "), "partner")
}

function say(text) {
  const place = state.place, wasMet = isMet(place)
  state.said += 1
  const uses = detect(place, text)
  uses.forEach((use, at) => { if (RANK[use] > RANK[state.uses[place][at]]) state.uses[place][at] = use })
  add("Learner", text || "(says nothing)", "learner", uses)
  if (isMet(place) && !wasMet) moveOn(takenUp(place, uses))
  else if (!text) partner(turned(lesson.lines.waits), lead())
  else partner(takenUp(place, uses) || turned(lesson.lines.asks_again), lead())
  draw()
}

function moveOn(before = "") {
  if (state.place + 1 >= lesson.phases.length) {
    state.ended = true
    partner(lesson.lines.closes)
    document.getElementById("again").focus()
  } else {
    state.place += 1
    state.entered = Date.now()
    partner(before, lesson.lines.turns_to, lead())
  }
  draw()
}

function start(place) {
  state = { place, said: 0, ended: false, entered: Date.now(), ticked: new Set(), uses: lesson.phases.map((phase) => phase.wanted.map(() => "not yet")), lines: [] }
  talk.replaceChildren()
  partner(lesson.lines.greets)
  draw()
  input.focus()
}

const [talk, coach, form, input, choice, tools] = ["talk", "coach", "form", "input", "choice", "tools"].map((id) => document.getElementById(id))

function element(name, text = "", css = "") {
  const made = document.createElement(name)
  made.textContent = text
  if (css) made.className = css
  return made
}

function inLanguage(made) {
  made.lang = lesson.language
  made.dir = "auto"
  return made
}

function add(who, text, css, uses = []) {
  const item = element("li", "", css)
  item.append(element("span", who, "who"), inLanguage(element("p", text)))
  const told = element("ul", "", "told")
  uses.forEach((use, at) => {
    if (use !== "not yet") told.append(element("li", `${MARKS[use]} ${use}: ${lesson.phases[state.place].wanted[at].entry}`, use))
  })
  if (told.childElementCount) item.append(told)
  talk.append(item)
  state.lines.push(`${who}: ${text}`)
  item.scrollIntoView({ block: "nearest" })
}

function draw() {
  const phase = lesson.phases[state.place]
  const minutes = Math.floor((Date.now() - state.entered) / 60000)
  coach.replaceChildren(
    element("p", state.ended ? "The rehearsal has ended." : `Phase ${state.place + 1} of ${lesson.phases.length} · planned ${phase.minutes} min · ${minutes} min so far`, "soft"),
  )
  const shown = state.ended ? lesson.phases.map((_, place) => place) : [state.place]
  for (const place of shown) coach.append(...phaseOf(place))
  form.hidden = tools.hidden = state.ended
}

function phaseOf(place) {
  const phase = lesson.phases[place]
  const parts = [inLanguage(element("h2", phase.name)), inLanguage(element("p", phase.description, "soft"))]
  const next = open(place, "phrase")
  if (next && !state.ended) {
    const suggestion = element("p", "Say next: ", "next")
    suggestion.append(inLanguage(element("q", next.entry)))
    parts.push(suggestion)
  }
  if (isMet(place)) parts.push(element("p", "✓ The goal of this phase is met."))
  for (const [kind, title] of [["vocabulary", "Vocabulary"], ["phrase", "Phrases"]]) {
    const list = element("ul", "", "entries")
    phase.wanted.forEach((wanted, at) => {
      if (wanted.kind !== kind) return
      const use = state.uses[place][at]
      const item = element("li", `${MARKS[use]} `, use.replace(" ", "-"))
      item.append(inLanguage(element("span", wanted.entry)), element("span", `: ${use}`, "hidden"))
      list.append(item)
    })
    if (list.childElementCount) parts.push(element("h3", title), list)
  }
  if (phase.criteria.length) parts.push(element("h3", "Success criteria, ticked by hand"))
  phase.criteria.forEach((criterion) => {
    const label = element("label")
    const box = element("input")
    box.type = "checkbox"
    box.checked = state.ticked.has(`${place} ${criterion}`)
    box.addEventListener("change", () => state.ticked[box.checked ? "add" : "delete"](`${place} ${criterion}`))
    label.append(box, inLanguage(element("span", criterion)))
    parts.push(label)
  })
  return parts
}

function transcript() {
  const text = [`${lesson.name}`, "", ...state.lines, ""].join("\n")
  const link = element("a")
  link.href = URL.createObjectURL(new Blob([text], { type: "text/plain" }))
  link.download = "transcript.txt"
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 1000)
}

lesson.phases.forEach((phase, place) => {
  const option = element("option", `${place + 1}. ${phase.name}`)
  option.value = place
  choice.append(option)
})
form.addEventListener("submit", (event) => {
  event.preventDefault()
  const text = input.value.trim()
  if (!text) return
  input.value = ""
  say(text)
  input.focus()
})
document.getElementById("silence").addEventListener("click", () => say(""))
document.getElementById("next").addEventListener("click", () => moveOn())
document.getElementById("again").addEventListener("click", () => start(Number(choice.value)))
document.getElementById("save").addEventListener("click", transcript)
if (lesson.phases.length) start(0)
