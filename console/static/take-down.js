// Keeps what is being typed while this tab lives, so that a session that ends takes no words with it: never on the disk
// of a shared computer for longer, and gone once it is stored.
const form = document.querySelector("form[data-draft]");
const stored = document.querySelector("[data-draft-stored]");
const KEY = `take-down-${form ? form.dataset.draft : stored ? stored.dataset.draftStored : ""}`;
const KEPT = ["message", "name", "address", "phone", "email", "adjustments", "representative", "authority", "reference"];

if (form) {
  const fields = KEPT.map((name) => form.elements[name]).filter(Boolean);
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEY) || "{}");
    const isNew = fields.every((field) => !field.value);
    if (isNew && Object.values(kept).some(Boolean)) {
      fields.forEach((field) => { field.value = kept[field.name] || ""; });
      document.querySelector("[data-draft-note]").hidden = false;
    }
    form.addEventListener("input", () => {
      sessionStorage.setItem(KEY, JSON.stringify(Object.fromEntries(fields.map((field) => [field.name, field.value]))));
    });
    document.querySelector("[data-draft-forget]").addEventListener("click", () => {
      sessionStorage.removeItem(KEY);
      fields.forEach((field) => { field.value = ""; });
      document.querySelector("[data-draft-note]").hidden = true;
      form.elements.message.focus();
    });
  } catch {
    // a browser that keeps nothing: the page works as it did before
  }
} else if (stored) {
  try { sessionStorage.removeItem(KEY); } catch { /* nothing was kept */ }
}
