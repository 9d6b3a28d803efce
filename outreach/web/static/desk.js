// What the pages do besides what a browser does by itself. Every page works without it.
"use strict";
document.documentElement.classList.add("scripted");

// Progress that moves: the server sends the part anew whenever something has changed.
const live = document.querySelector("[data-live]");
if (live) {
  const source = new EventSource(live.dataset.live);
  source.addEventListener("progress", (event) => { live.innerHTML = event.data; });
  source.addEventListener("settled", () => { source.close(); location.reload(); });
}

// One key for what is done often: on the element itself stands which.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea")) return;
  const found = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (!found) return;
  event.preventDefault();
  if (found.matches("input")) found.focus(); else found.click();
});

// Signed in again in place: the forms of this page carry the new session's token from now on.
document.addEventListener("signed-in", (event) => {
  for (const field of document.querySelectorAll('input[name="csrf"]')) field.value = event.detail.csrf;
});

for (const select of document.querySelectorAll("[data-submit]")) {
  select.addEventListener("change", () => select.form.requestSubmit());
}

// A letter's preview follows the typing, after a pause.
const text = document.querySelector("[data-preview]");
if (text) {
  const button = document.querySelector("[data-preview-button]");
  const show = () => text.form.requestSubmit(button);
  let waiting = 0;
  text.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(show, 600); });
  text.form.elements.mission.addEventListener("change", show);
  const began = text.value;
  let kept = false;
  const subject = text.form.querySelector("[data-preview-too]"), about = subject.value;
  subject.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(show, 600); });
  text.form.addEventListener("submit", (event) => {
    if (event.submitter !== button && !event.submitter?.matches("[data-elsewhere]")) kept = true;
  });
  window.addEventListener("beforeunload", (event) => { if (!kept && (text.value !== began || subject.value !== about)) event.preventDefault(); });
  show();
}

// A sheet may be dropped instead of chosen.
for (const form of document.querySelectorAll("[data-drop]")) {
  const input = form.querySelector("input[type=file]");
  form.addEventListener("dragover", (event) => { event.preventDefault(); form.classList.add("over"); });
  form.addEventListener("dragleave", () => form.classList.remove("over"));
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    form.classList.remove("over");
    if (event.dataTransfer.files.length) { input.files = event.dataTransfer.files; form.requestSubmit(); }
  });
}
