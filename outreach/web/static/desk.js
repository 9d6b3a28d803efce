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
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea, [contenteditable]")) return;
  const found = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (!found) return;
  event.preventDefault();
  if (found.matches("input, select")) found.focus(); else found.click();
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
  // What was refused or not kept yet is shown, and still not saved.
  const began = "unsaved" in text.form.dataset ? null : text.value;
  let kept = false;
  const subject = text.form.querySelector("[data-preview-too]"), about = subject.value;
  subject.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(show, 600); });
  document.addEventListener("submit", (event) => {
    if (event.submitter !== button && !event.submitter?.matches("[data-elsewhere]")) kept = true;
  });
  window.addEventListener("beforeunload", (event) => { if (!kept && (text.value !== began || subject.value !== about)) event.preventDefault(); });
  show();
}

// A field of a letter is put where the cursor is, or was last; the browser's own undo takes it back.
for (const list of document.querySelectorAll("[data-put-fields]")) {
  const takes = [...list.closest("form").querySelectorAll("[data-takes-fields]")], long = takes.find((one) => one.matches("textarea"));
  const been = new Set();
  let last = long;
  for (const one of takes) one.addEventListener("focus", () => { last = one; been.add(one); });
  list.addEventListener("click", (event) => {
    const button = event.target.closest("[data-put]");
    if (!button) return;
    const field = "block" in button.dataset ? long : last, known = been.has(field), into = field.chips ?? field;
    into.focus({ preventScroll: true });
    if (!known) into.setSelectionRange(into.value.length, into.value.length);
    const from = into.selectionStart, held = into.value.slice(from, into.selectionEnd);
    let words = button.dataset.put;
    if ("block" in button.dataset) {
      const before = into.value.slice(0, from), after = into.value.slice(into.selectionEnd);
      words = (!before || before.endsWith("\n\n") ? "" : before.endsWith("\n") ? "\n" : "\n\n") + words + (after.startsWith("\n\n") ? "" : after.startsWith("\n") ? "\n" : "\n\n");
    }
    // What is chosen stands in the last place of a condition, and the typing goes on in the first that is empty.
    const places = words.split("…");
    if (places.length > 1) words = places.slice(0, -1).join("") + held + places.at(-1);
    const on = from + (places.length > 2 || (places.length > 1 && !held) ? places[0].length : words.length);
    if (field.chips) into.put(words);
    else if (!document.execCommand("insertText", false, words)) {
      into.setRangeText(words, from, into.selectionEnd, "end");
      into.dispatchEvent(new Event("input", { bubbles: true }));
    }
    into.setSelectionRange(on, on);
    const told = list.querySelector("[role=status]");
    told.replaceChildren(button.firstChild.cloneNode(), `: ${told.dataset.told}`);
  });
}

// Passkeys: the browser is told what to do by the server, and what it made or signed goes on with the form.
if (window.PublicKeyCredential) document.documentElement.classList.add("passkeys");
const bytesOf = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0));
const textOf = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
async function passkeyOf(form) {
  const told = new URLSearchParams(new FormData(form));
  const answer = await fetch(form.dataset.passkey, { method: "POST", body: told, headers: { "x-csrf-token": form.elements.csrf.value, "hx-request": "true" } });
  if (!answer.ok) { notice.innerHTML = await answer.text(); notice.scrollIntoView({ block: "nearest" }); return null; }
  const options = await answer.json();
  options.challenge = bytesOf(options.challenge);
  for (const one of [...(options.allowCredentials ?? []), ...(options.excludeCredentials ?? [])]) one.id = bytesOf(one.id);
  const making = "passkeyNew" in form.dataset;
  if (making) options.user.id = bytesOf(options.user.id);
  const made = await (making ? navigator.credentials.create({ publicKey: options }) : navigator.credentials.get({ publicKey: options }));
  const said = made.response, response = { clientDataJSON: textOf(said.clientDataJSON) };
  if (making) response.attestationObject = textOf(said.attestationObject);
  else Object.assign(response, { authenticatorData: textOf(said.authenticatorData), signature: textOf(said.signature), userHandle: said.userHandle && textOf(said.userHandle) });
  return JSON.stringify({ id: made.id, rawId: textOf(made.rawId), type: made.type, response });
}
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-passkey]") || form.elements.credential.value) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  passkeyOf(form).then((credential) => {
    if (!credential) return;
    form.elements.credential.value = credential;
    form.requestSubmit();
  }, () => tell(document.body.dataset.passkeyless));
}, true);

// A password can be looked at while it is typed; it goes as a password again, so that browsers know it for one.
const secrets = new Set(document.querySelectorAll("[type=password]"));
for (const form of document.querySelectorAll("form.stack:has([type=password])")) {
  const fields = [...form.querySelectorAll("[type=password]")], box = document.createElement("input"), words = document.createElement("label");
  box.type = "checkbox";
  words.className = "check";
  words.append(box, ` ${document.body.dataset.show}`);
  fields.at(-1).closest("label, .field").after(words);
  const show = (shown) => { for (const one of fields) one.type = shown ? "text" : "password"; };
  box.addEventListener("change", () => show(box.checked));
  form.addEventListener("submit", () => { box.checked = false; show(false); }, true);
}

// How hard a new password is to guess: by its length, without what is repeated. The server alone judges it.
for (const field of document.querySelectorAll('[autocomplete="new-password"][minlength]:not([name="again"])')) {
  const meter = document.createElement("meter"), told = document.createElement("output"), line = document.createElement("p");
  const [short, weak, good, strong] = document.body.dataset.strength.split("|"), least = field.minLength;
  Object.assign(meter, { min: 0, max: 30, low: least, high: 20, optimum: 30 });
  meter.ariaLabel = document.body.dataset.strengthOf;
  line.className = "strength";
  line.append(meter, " ", told);
  line.hidden = true;
  field.closest("label").after(line);
  field.addEventListener("input", () => {
    const rest = field.value.toLowerCase().replace(/(.+?)\1+/gu, "$1").length;
    line.hidden = !field.value;
    meter.value = field.value.length < least ? Math.min(field.value.length, least - 1) : Math.min(rest, 30);
    told.value = field.value.length < least ? short : rest < least ? weak : rest < 20 ? good : strong;
  });
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

// Nothing typed is lost: what stands in a form of more than a line goes to the server every few seconds, until it is
// saved. Where the server can't be reached, the page says so and stays. Passwords are
// never kept, nor a number that confirms: it is typed by who confirms.
const notice = document.getElementById("notice");
function tell(words) {
  const told = document.createElement("p");
  told.className = "notice alarm";
  told.role = "alert";
  told.replaceChildren(words);
  notice.replaceChildren(told);
}
function pathOf(form) { return new URL(form.getAttribute("action") || location.pathname, location.href).pathname; }
function typedIn(form) {
  return [...form.elements].filter((one) => one.matches("textarea, select, input:not([type]), input:is([type=text], [type=email], [type=date], [type=time], [type=number], [type=url], [type=search])") && !one.readOnly && !unkept(one));
}
function unkept(one) { return secrets.has(one) || one.closest(".confirm") !== null; }
function fieldsOf(form) {
  const never = new Set(["csrf", ...[...form.elements].filter(unkept).map((one) => one.name)]);
  return [...new FormData(form)].filter(([name, value]) => !never.has(name) && typeof value === "string");
}
// Of whoever is not signed in, as on the first page of all, nothing is kept: there is nobody to give it back to.
const keeps = document.querySelector('form[action="/logout"]') !== null;
for (const form of keeps ? document.querySelectorAll('main form[method="post"]') : []) {
  const typed = typedIn(form);
  if (!(form.querySelector("textarea:not([readonly])") || typed.length > 1)) continue;
  let waiting = 0, unreachable = false, leaving = false, sent = "unsaved" in form.dataset ? "" : JSON.stringify(fieldsOf(form));
  const keep = async () => {
    waiting = 0;
    const fields = JSON.stringify(fieldsOf(form));
    if (leaving || fields === sent) return;
    try {
      const body = new URLSearchParams({ page: form.dataset.unsaved || location.pathname, form: pathOf(form), fields });
      const token = form.querySelector('input[name="csrf"]').value;
      const answer = await fetch("/drafts", { method: "POST", body, headers: { "x-csrf-token": token, "hx-request": "true" }, keepalive: fields.length < 30000 });
      if (answer.status === 401 && notice.querySelector("[data-signing-in]")) {
        // Somebody is typing a password or a code there: the form stays as it is.
      } else if (answer.status === 401) {
        notice.innerHTML = await answer.text();
        htmx.process(notice);
        notice.scrollIntoView({ block: "nearest" });
      } else if (answer.ok) {
        sent = fields;
        form.dataset.kept = "yes";
        if (unreachable) notice.replaceChildren();
        unreachable = false;
        return;
      }
    } catch {
      if (!unreachable) { tell(document.body.dataset.unreachable); notice.scrollIntoView({ block: "nearest" }); }
      unreachable = true;
    }
    if (!waiting) waiting = setTimeout(keep, 3000);
  };
  const soon = () => { delete form.dataset.kept; if (!waiting) waiting = setTimeout(keep, 1000); };
  if (!sent) soon();
  form.addEventListener("input", soon);
  form.addEventListener("change", soon);
  document.addEventListener("visibilitychange", () => { if (document.hidden && waiting) { clearTimeout(waiting); keep(); } });
  form.addEventListener("submit", (event) => {
    if (event.submitter?.matches("[data-preview-button], [data-elsewhere]")) return;
    if (unreachable) event.preventDefault(); else { leaving = true; clearTimeout(waiting); waiting = 0; setTimeout(() => { leaving = false; soon(); }, 4000); }
  });
}

// What was typed and not saved is offered where it was typed; nothing is, where the form has it already.
for (const offer of document.querySelectorAll("[data-draft]")) {
  const fields = JSON.parse(offer.dataset.fields);
  const fits = (one) => [...one.querySelectorAll("input[type=hidden]")].every((hidden) => ["csrf", "seen"].includes(hidden.name) || hidden.name.startsWith("was_") || hidden.closest("[data-rest]") || fields.some(([name, value]) => name === hidden.name && value === hidden.value));
  const alike = [...document.querySelectorAll('main form[method="post"]')].filter((one) => pathOf(one) === offer.dataset.draft && !offer.contains(one) && !one.closest(".conflict"));
  const form = alike.length > 1 ? alike.find(fits) : alike[0];  // such as of several contacts: what is hidden tells which
  const back = offer.querySelector("[data-draft-back]");
  if (!form) { back.hidden = true; continue; }
  const typedOnly = (all) => JSON.stringify(all.filter(([name]) => name !== "seen").map(([name, value]) => [name, value.replaceAll("\r\n", "\n")]));
  if (typedOnly(fieldsOf(form)) === typedOnly(fields)) { offer.hidden = true; continue; }
  back.addEventListener("click", () => {
    // Each value goes to one control, in the order of the form: a box and a line of the same name share a list.
    const values = {};
    for (const [name, value] of fields) (values[name] ??= []).push(value);
    const controls = [...form.elements].filter((one) => one.name && one.name !== "csrf" && one.type !== "file" && one.tagName !== "BUTTON" && !unkept(one));
    const changed = [];
    const take = (one, key, value) => { if (one[key] !== value) { one[key] = value; changed.push(one); } };
    for (const one of controls.filter((one) => one.matches("[type=checkbox], [type=radio]"))) {
      const at = (values[one.name] ?? []).indexOf(one.value);
      if (at >= 0) values[one.name].splice(at, 1);
      take(one, "checked", at >= 0);
    }
    for (const one of controls.filter((one) => !one.matches("[type=checkbox], [type=radio]"))) {
      if (!values[one.name]?.length) continue;
      if (one.multiple) for (const choice of one.options) take(choice, "selected", values[one.name].includes(choice.value));
      else take(one, "value", values[one.name].shift());
    }
    // What has no control here yet, such as who is left out of an audience that is shown only now.
    const rest = form.querySelector("[data-rest]");
    if (rest) for (const [name, left] of Object.entries(values)) for (const value of left) {
      if (controls.some((one) => one.name === name && !rest.contains(one))) continue;
      const one = document.createElement("input");
      Object.assign(one, { type: "hidden", name, value });
      rest.append(one);
      changed.push(one);
    }
    offer.hidden = true;
    for (const one of changed) {
      for (let fold = one.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
      for (const kind of one.matches("[data-submit]") ? ["input"] : ["input", "change"]) one.dispatchEvent(new Event(kind, { bubbles: true }));
    }
    form.scrollIntoView({ block: "nearest" });
  });
}
