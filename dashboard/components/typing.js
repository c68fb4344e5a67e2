// Sends what is being typed into a text area to the server without waiting for it to lose the focus.
const PAUSE = 600
const LONGEST_WAIT = 1500
const waiting = new Map()
let listening = false

export default function () {
  if (listening) return
  listening = true
  document.addEventListener("input", (event) => typed(event.target), true)
  document.addEventListener("focusout", (event) => forget(event.target), true)
  document.addEventListener("keydown", (event) => event.key === "Escape" && flush(), true) // closes a popover
  document.addEventListener("pointerdown", (event) => waiting.has(event.target) || flush(), true)
  document.addEventListener("visibilitychange", flush)
  window.addEventListener("pagehide", flush)
}

function typed(field) {
  if (!(field instanceof HTMLTextAreaElement) || field.closest('[data-testid="stForm"]')) return
  const since = waiting.get(field)?.since ?? Date.now()
  clearTimeout(waiting.get(field)?.timer)
  const pause = Math.max(0, Math.min(PAUSE, since + LONGEST_WAIT - Date.now()))
  waiting.set(field, { since, timer: setTimeout(() => send(field), pause) })
}

function forget(field) {
  clearTimeout(waiting.get(field)?.timer)
  waiting.delete(field)
}

// Ctrl+Enter is the text area's own key for "take this over now"; in a form it would submit the form.
function send(field) {
  forget(field)
  if (field.isConnected) field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", ctrlKey: true, bubbles: true }))
}

function flush() {
  for (const field of [...waiting.keys()]) send(field)
}
