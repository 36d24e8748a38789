// Everything works without this file. With it, what is written outlives a lost connection on this device, and the
// summary of what is wrong gets the focus.
const KEPT = 'earshot-draft'
const A_DAY = 24 * 60 * 60 * 1000

function kept () {
  try {
    const { at, fields } = JSON.parse(window.localStorage.getItem(KEPT)) ?? {}
    if (fields && Date.now() - at < A_DAY) return fields
  } catch { /* not ours, or not readable */ }
  keep(null)
  return null
}

function keep (draft) {
  try {
    if (draft) window.localStorage.setItem(KEPT, JSON.stringify({ at: Date.now(), fields: draft }))
    else window.localStorage.removeItem(KEPT)
  } catch { /* a browser that keeps nothing: the form works all the same */ }
}

function written (form) {
  const draft = {}
  for (const field of form.elements) {
    const choice = field.type === 'radio'
    if (!field.name || ['file', 'submit'].includes(field.type) || ['more', 'question', 'answer'].includes(field.name)) continue
    if (choice ? field.checked : field.value) draft[field.name] = field.value
  }
  return draft
}

function putBack (form, draft) {
  for (const field of form.elements) {
    if (!(field.name in draft)) continue
    if (field.type === 'radio') field.checked = field.value === draft[field.name]
    else field.value = draft[field.name]
  }
  if (draft.resident || draft.relation || draft.authority) form.querySelector('details').open = true
}

function anything (form) {
  return Object.keys(written(form)).some(name => name !== 'form')
}

function watch (form) {
  const note = form.querySelector('[data-draft-note]')
  const draft = kept()
  if (draft && !anything(form) && Object.keys(draft).length > 1) {
    putBack(form, draft)
    note.hidden = false
    note.querySelector('[data-draft-back]').textContent = note.querySelector('template').content.textContent
  }
  let waiting
  form.addEventListener('input', () => {
    note.hidden = false
    clearTimeout(waiting)
    waiting = setTimeout(() => keep(written(form)), 300)
  })
  form.addEventListener('submit', () => keep(written(form)))
  note.querySelector('[data-draft-forget]').addEventListener('click', () => {
    clearTimeout(waiting)
    keep(null)
    window.location.replace(form.getAttribute('action'))
  })
  if (anything(form)) note.hidden = false
}

const summary = document.querySelector('.govuk-error-summary')
if (summary) {
  summary.tabIndex = -1
  summary.focus()
}
const form = document.querySelector('form[data-draft]')
if (form) watch(form)
if (document.querySelector('[data-draft-sent]')) keep(null)
