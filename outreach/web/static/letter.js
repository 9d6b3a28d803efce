// A letter as text with chips: what is code in it stands as words that move and go as a whole. The form's own field stays
// the truth, is kept in step with each key, and is all there is without a script.
const text = document.querySelector("textarea[data-chips]"), told = JSON.parse(text.dataset.chips), direction = text.dataset.direction;
const { Annotation, Decoration, Direction, EditorSelection, EditorState, EditorView, RangeSetBuilder, StateEffect, StateField, WidgetType, dropCursor, history, historyKeymap, insertNewline, isolateHistory, keymap, standardKeymap } = await import(text.dataset.editor);

const BEGINS = /^(if|for|call|filter|macro|with|autoescape|raw|block)\b/, ENDS = /^end[a-z]+$/, BETWEEN = /^(else|elif)\b/;
const plain = (code) => code.replace(/\s*([|.,()])\s*/g, "$1").replace(/\s+/g, " ").trim();
const put = (words, what) => words.replace("{what}", () => what);

// Where the code ends that begins at a place, as Jinja reads it; 0 where it does not: that is still being typed.
function endOf(text, at) {
  const kind = text[at + 1];
  if (kind === "#") return text.indexOf("#}", at + 2) + 2 || 0;
  for (let depth = 0, i = at + 2; i < text.length; i++) {
    const one = text[i], two = text.slice(i, i + 2);
    if (kind === "{" ? two === "}}" && !depth : two === "%}") return i + 2;
    if (two === "{{" || two === "{%" || two === "{#") return 0;
    if (one === "{") depth++;
    else if (one === "}" && --depth < 0) return 0;
    else if (one === '"' || one === "'") {
      let end = i + 1;
      while (end < text.length && text[end] !== one && text[end] !== "\n") end += text[end] === "\\" ? 2 : 1;
      if (text[end] !== one) return 0;
      i = end;
    }
  }
  return 0;
}

function wordsOf(code) {
  if (told.fields[code]) return told.fields[code];
  const parts = code.split(" or ");
  const known = parts.length > 1 && parts.map((one) => told.fields[one]);
  return known && known.every(Boolean) ? known.reduce((first, other) => put(told.or, first).replace("{other}", () => other)) : "";
}

// A piece of code: its words for the eye, and the same for who hears them.
function tagged(code) {
  const kind = code[1], inner = code.slice(2, -2).replace(/^[-+]|[-+]$/g, "").trim(), short = plain(inner);
  if (kind === "#") return { kind: "note", words: put(told.note, short) };
  if (kind === "{") return { kind: "field", words: wordsOf(short), code: inner };
  const [verb] = short.split(" "), rest = short.slice(verb.length).trim();
  if (ENDS.test(short)) return { kind: "end", verb: short.slice(3), words: "" };
  if (BETWEEN.test(short)) return { kind: "between", words: verb === "else" ? told.otherwise : put(told.orif, told.tests[rest] ?? rest) };
  if (BEGINS.test(short)) {
    const what = wordsOf(rest.replace(/^not /, ""));
    const words = verb === "if" ? told.tests[rest] ?? put(!what ? told.if : rest.startsWith("not ") ? told.without : told.when, what || rest) : verb === "for" ? put(told.each, rest) : "";
    return { kind: "begin", verb, words, code: inner };
  }
  if (told.fields[short]) return { kind: "block", words: told.fields[short] };
  const set = short.match(/^set (\w+) ?=/);
  return set ? { kind: "note", words: told.fields[`set ${set[1]}`] ?? put(told.set, set[1]) } : { kind: "block", words: "", code: inner };
}

const PART = /^(:{3,})[ \t]*([\w-]*)[^\n]*$/gm, WHOLE = /^:{3,}[ \t]*([\w-]+)[ \t]*\n[ \t]*(\{\{[^{}\n]*\}\})[ \t]*\n:{3,}[ \t]*$/gm;

// What of a text is a chip, in order; `pair` is the number that those of one condition or part share, 0 where one lacks.
function chipsIn(text) {
  const found = [];
  for (const one of text.matchAll(WHOLE)) {
    const words = told.fields[`::: ${one[1]} ${plain(one[2].slice(2, -2))}`];
    if (words) found.push({ from: one.index, to: one.index + one[0].length, kind: "block", words });
  }
  const taken = [...found];
  for (let at = text.indexOf("{"), whole = 0; at >= 0; at = text.indexOf("{", at)) {
    while (whole < taken.length && taken[whole].to <= at) whole++;
    if (taken[whole]?.from <= at) { at = taken[whole].to; continue; }
    const end = "{%#".includes(text[at + 1] ?? " ") ? endOf(text, at) : 0;
    if (!end) { at++; continue; }
    const chip = { from: at, to: end, ...tagged(text.slice(at, end)) };
    if (chip.verb === "raw" && chip.kind === "begin") {  // what is in it is not read
      const last = text.slice(end).match(/\{%-?\s*endraw\s*-?%\}/);
      if (last) { chip.to = end + last.index + last[0].length; chip.kind = "field"; }
    }
    found.push(chip);
    at = chip.to;
  }
  found.sort((one, other) => one.from - other.from);
  const inside = (at) => found.some((one) => one.from <= at && at < one.to), parts = [];
  for (const one of text.matchAll(PART)) {
    if (inside(one.index)) continue;
    const words = one[2] ? told.parts[one[2]] ?? one[2] : "";
    parts.push({ from: one.index, to: one.index + one[0].trimEnd().length, kind: one[2] ? "begin" : "end", verb: ":::", words });
  }
  const all = [...found, ...parts].sort((one, other) => one.from - other.from), open = [];
  let number = 0;
  for (const one of all) {
    const own = one.verb === ":::" ? open.filter((other) => other.verb === ":::") : open.filter((other) => other.verb !== ":::"), last = own.at(-1);
    if (one.kind === "begin") open.push(one);
    else if (one.kind === "between" && last) (last.betweens ??= []).push(one);
    else if (one.kind === "end" && last && last.verb === one.verb) {
      open.splice(open.indexOf(last), 1);
      const depth = own.length - 1;
      number++;
      for (const each of [last, ...(last.betweens ?? []), one]) Object.assign(each, { pair: number, depth, first: last, last: one });
      one.words = put(told.end, last.words || last.code || "");
      if (!text.slice(last.from, one.to).includes("\n")) one.shown = told.finish;
    }
  }
  return all;
}
const halves = (chips) => chips.filter((one) => one.verb && one.kind !== "field" && !one.pair || one.kind === "between" && !one.pair).length;

class Chip extends WidgetType {
  constructor(chip, chosen) { super(); this.chip = chip; this.chosen = chosen; this.lone = ["begin", "between", "end"].includes(chip.kind) && !chip.pair; }
  eq(other) { return this.look === other.look && this.source === other.source; }
  get look() { return [this.chip.words, this.chip.shown, this.chip.kind, this.chosen, this.lone, this.chip.verb === ":::"].join("|"); }
  get source() { return this.chip.source; }
  toDOM() { return this.updated(document.createElement("span")); }
  updateDOM(dom) { this.updated(dom); return true; }
  updated(dom) {
    const { kind, words, code, source, verb, shown = words || code || source } = this.chip;
    dom.className = `chip chip-${kind}${verb === ":::" ? " chip-part" : ""}${words ? "" : " chip-code"}${this.lone ? " chip-lone" : ""}${this.chosen ? ` chip-${this.chosen}` : ""}`;
    dom.draggable = true;
    dom.title = this.lone ? `${told.lone}\n${source}` : source;
    dom.role = "img";
    dom.ariaLabel = put(this.lone ? told.lonely : told.spoken[kind], words || shown);
    const inner = dom.firstChild ?? dom.appendChild(document.createElement("bdi"));
    inner.lang = words ? document.documentElement.lang : "en";
    if (inner.textContent !== shown) inner.textContent = shown;
    return dom;
  }
  ignoreEvent(event) { return event.type === "mousedown"; }
}

function look(text, selection, chips) {
  const marks = new RangeSetBuilder(), isolated = new RangeSetBuilder(), { from, to, empty } = selection.main;
  const at = empty ? chips.find((one) => one.pair && (one.from === from || one.to === from)) : chips.find((one) => one.from === from && one.to === to);
  for (const one of chips) {
    one.source = text.slice(one.from, one.to);
    const chosen = !empty && from <= one.from && one.to <= to ? "chosen" : at?.pair && one.pair === at.pair ? "fellow" : "";
    marks.add(one.from, one.to, Decoration.replace({ widget: new Chip(one, chosen) }));
    isolated.add(one.from, one.to, Decoration.mark({ bidiIsolate: Direction.LTR }));
  }
  return { chips, marks: marks.finish(), isolated: isolated.finish() };
}

// What is bold or a heading in print looks so; what belongs to a condition is tinted, in a line or along lines, so that its begin and its end are seen to be one.
function between(doc, chips) {
  const made = [], lines = new Map();
  for (const one of chips) {
    if (one.first !== one) continue;
    const first = doc.lineAt(one.from).number, last = doc.lineAt(one.last.to).number, name = one.verb === ":::" ? "part" : "condition";
    if (first === last) { if (one.to < one.last.from) made.push(Decoration.mark({ class: `within within-${name}` }).range(one.to, one.last.from)); }
    else for (let line = first; line <= last; line++) lines.set(line, Math.max(lines.get(line) ?? 0, 1 + (name === "part" ? 0 : 1)));
  }
  for (const one of doc.toString().matchAll(/(\*\*|__)(?=\S)[^\n]+?\1|(?<!\*)\*(?=[^\s*])[^*\n]+\*(?!\*)|^#{1,6} .+$/gm)) {
    const from = one.index, to = from + one[0].length, heading = one[0][0] === "#", signs = heading ? one[0].indexOf(" ") : one[1]?.length ?? 1;
    made.push(Decoration.mark({ class: one[1] ? "strong" : heading ? "heading" : "emphasis" }).range(from, to), Decoration.mark({ class: "sign" }).range(from, from + signs));
    if (!heading) made.push(Decoration.mark({ class: "sign" }).range(to - signs, to));
  }
  for (const [line, weight] of lines) made.push(Decoration.line({ class: `along along-${weight > 1 ? "condition" : "part"}` }).range(doc.line(line).from));
  return Decoration.set(made, true);
}

const seen = StateField.define({
  create: (state) => made(state),
  update: (value, tr) => tr.docChanged ? made(tr.state) : tr.selection ? { ...value, ...look(tr.newDoc.toString(), tr.newSelection, value.chips) } : value,
  provide: (own) => [
    EditorView.decorations.from(own, (value) => value.marks), EditorView.decorations.from(own, (value) => value.within),
    EditorView.atomicRanges.of((view) => view.state.field(own).marks), EditorView.bidiIsolatedRanges.of((view) => view.state.field(own).isolated),
  ],
});
function made(state) {
  const text = state.doc.toString(), chips = chipsIn(text);
  return { ...look(text, state.selection, chips), within: between(state.doc, chips) };
}

// No key breaks a chip: a change that would cut one takes all of it, and none leaves half of a pair.
const fromForm = Annotation.define(), say = StateEffect.define();
const instead = (tr, changes) => ({
  changes, selection: EditorSelection.cursor(tr.startState.changes(changes).mapPos(tr.startState.selection.main.to, 1)), userEvent: "input", scrollIntoView: true,
});
const whole = (field) => EditorState.transactionFilter.of((tr) => {
  if (!tr.docChanged || tr.annotation(fromForm) || tr.isUserEvent("undo") || tr.isUserEvent("redo")) return tr;
  const { chips } = tr.startState.field(seen), changes = [], gone = new Set();
  let cut = false;
  tr.changes.iterChanges((from, to, _from, _to, insert) => {
    let [start, end] = [from, to];
    for (const one of chips) {
      if (start === end && one.from < start && start < one.to) start = end = one.to;
      else if (start < end && one.from < end && start < one.to) { start = Math.min(start, one.from); end = Math.max(end, one.to); }
      if (start < end && start <= one.from && one.to <= end) gone.add(one);
    }
    cut ||= start !== from || end !== to;
    changes.push({ from: start, to: end, insert });
  });
  const alone = { annotations: gone.size ? isolateHistory.of("full") : [] };  // undo brings a chip back by itself
  const now = [cut ? instead(tr, changes) : tr, alone];
  const after = (cut ? tr.startState.changes(changes).apply(tr.startState.doc) : tr.newDoc).toString();
  if (field.maxLength > 0 && after.length > field.maxLength && after.length > tr.startState.doc.length) return [{ effects: say.of(told.long) }];
  const paired = [...gone].filter((one) => one.pair && chips.some((other) => other.pair === one.pair && !gone.has(other)));
  if (!paired.length) return now;
  const left = chipsIn(after), count = (all, kind) => all.filter((one) => one.kind === kind && one.pair).length;
  const lost = count(chips, "between") - count(left, "between") > 0 && paired.some((one) => one.kind === "between" && !gone.has(one.first));
  if (halves(left) <= halves(chips) && !lost) return now;
  const { first, last } = paired[0];
  if (tr.isUserEvent("delete") && gone.size === 1) return [{ selection: EditorSelection.single(first.from, last.to), effects: say.of(told.again), scrollIntoView: true }];
  return [{ effects: say.of(told.half) }];
});

// Lines go up and down with all of what they hold.
const moving = (up) => (view) => {
  const { state } = view, { doc } = state, { chips } = state.field(seen), { main } = state.selection;
  const grown = (from, to) => {
    let [start, end] = [doc.lineAt(from).from, doc.lineAt(to).to];
    for (const one of chips) if (one.from < end && one.to > start) { start = Math.min(start, doc.lineAt(one.from).from); end = Math.max(end, doc.lineAt(one.to).to); }
    return [start, end];
  };
  const [from, to] = grown(main.from, main.to);
  if (up ? !from : to === doc.length) return true;
  const [start, end] = up ? grown(from - 1, from - 1) : grown(to + 1, to + 1), other = doc.sliceString(start, end);
  const changes = up ? [{ from: start, to: from }, { from: to, insert: `\n${other}` }] : [{ from: to, to: end }, { from, insert: `${other}\n` }];
  const by = up ? start - from : end - to;
  view.dispatch({ changes, selection: EditorSelection.single(main.anchor + by, main.head + by), userEvent: "move.line", scrollIntoView: true });
  return true;
};

// A block that is dropped stands on lines of its own; the lines that it leaves empty close behind it.
let dragged = null;
function dropped(view, at) {
  const { doc } = view.state, text = doc.toString();
  let { from, to } = dragged;
  const code = text.slice(from, to), line = doc.lineAt(at);
  let into = at - line.from < line.to - at ? line.from : line.to;
  if (into > from && into < to) return;
  while (text[to] === "\n" && (from === 0 || text[from - 1] === "\n")) to++;
  if (into >= from && into <= to) return;
  const before = text.slice(into < to ? 0 : to, into), after = text.slice(into, into < from ? from : undefined);
  const lead = !before || before.endsWith("\n\n") ? "" : before.endsWith("\n") ? "\n" : "\n\n", tail = !after || after.startsWith("\n\n") ? "" : after.startsWith("\n") ? "\n" : "\n\n";
  const changes = view.state.changes([{ from, to }, { from: into, insert: lead + code + tail }]);
  const start = changes.mapPos(into, -1) + lead.length;
  view.dispatch({ changes, selection: EditorSelection.single(start, start + code.length), userEvent: "move.drop", scrollIntoView: true });
  view.focus();
}

// A field of the form becomes a text with chips; `show` turns it back into what it was.
function mount(field) {
  const label = field.closest("label"), frame = document.createElement("div"), box = document.createElement("div"), line = document.createElement("p");
  const oneLine = field.matches("input");
  line.id = `chips-told-${field.name}`;
  line.className = "chips-told";
  line.role = "status";
  box.className = oneLine ? "chips chips-line" : "chips";
  frame.className = "stack letter-field";
  label.before(frame);
  frame.append(label, box, line);
  const breaks = oneLine ? EditorState.transactionFilter.of((tr) => {
    if (!tr.docChanged || tr.newDoc.lines === 1) return tr;
    const changes = [];
    tr.changes.iterChanges((from, to, _from, _to, insert) => changes.push({ from, to, insert: insert.toString().replace(/\s*\n\s*/g, " ") }));
    return [instead(tr, changes)];
  }) : [];
  const enter = oneLine ? () => { field.form.requestSubmit(); return true; } : insertNewline;
  const view = new EditorView({
    parent: box,
    doc: field.value,
    extensions: [
      seen, breaks, whole(field), history(), dropCursor(), EditorView.lineWrapping, EditorState.readOnly.of(field.readOnly),
      keymap.of([{ key: "Alt-ArrowUp", run: moving(true) }, { key: "Alt-ArrowDown", run: moving(false) }, { key: "Enter", run: enter }, ...historyKeymap, ...standardKeymap]),
      EditorView.contentAttributes.of({ lang: field.lang, dir: direction, tabindex: "0", spellcheck: "true", autocorrect: "on", autocapitalize: "sentences", "aria-label": label.firstChild.textContent.trim(), "aria-describedby": line.id, "aria-multiline": String(!oneLine) }),
      EditorView.domEventHandlers({
        click: (event, view) => {
          const chip = event.target.closest?.(".chip");
          if (!chip) return false;
          const at = view.posAtDOM(chip), one = view.state.field(seen).chips.find((each) => each.from === at);
          if (one) view.dispatch({ selection: EditorSelection.single(one.from, one.to) });
          view.focus();
          return true;
        },
        dragstart: (event, view) => {
          const chip = event.target.closest?.(".chip"), at = chip ? view.posAtDOM(chip) : -1;
          dragged = view.state.field(seen).chips.find((one) => one.from === at && one.kind === "block") ?? null;
          return false;
        },
        drop: (event, view) => {
          if (!dragged || oneLine || view.state.readOnly) return false;
          dropped(view, view.posAtCoords({ x: event.clientX, y: event.clientY }, false));
          dragged = null;
          return true;
        },
        dragend: () => { dragged = null; return false; },
        focus: () => { field.dispatchEvent(new Event("focus")); return false; },
      }),
      EditorView.updateListener.of((update) => {
        const words = update.transactions.flatMap((tr) => tr.effects.filter((one) => one.is(say)).map((one) => one.value)).at(-1);
        if (words) line.textContent = words; else if (update.docChanged || update.selectionSet) line.textContent = "";
        if (!update.docChanged || update.transactions.some((tr) => tr.annotation(fromForm))) return;
        field.value = update.state.doc.toString();
        field.dispatchEvent(new Event("input", { bubbles: true }));
      }),
    ],
  });
  // What is put into the field by others (a draft, the browser going back) comes here, and can be taken back too.
  const take = () => {
    const words = field.value, was = view.state.doc.toString(), most = Math.min(words.length, was.length);
    let from = 0, end = 0;
    if (words === was) return;
    while (from < most && words[from] === was[from]) from++;
    while (end < most - from && words.at(-1 - end) === was.at(-1 - end)) end++;
    view.dispatch({ changes: { from, to: was.length - end, insert: words.slice(from, words.length - end) }, annotations: fromForm.of(true) });
  };
  field.form.addEventListener("input", take);
  window.addEventListener("pageshow", take);
  label.addEventListener("click", (event) => { if (!box.hidden) { event.preventDefault(); view.focus(); } });
  field.addEventListener("invalid", (event) => { if (box.hidden) return; event.preventDefault(); line.textContent = field.validationMessage; view.focus(); });
  // What the menu of fields asks of a field, of the text with chips.
  const host = {
    get value() { return view.state.doc.toString(); },
    get selectionStart() { return view.state.selection.main.from; },
    get selectionEnd() { return view.state.selection.main.to; },
    focus: () => view.focus(),
    setSelectionRange: (from, to) => view.dispatch({ selection: EditorSelection.single(from, to), scrollIntoView: true }),
    put: (words) => view.dispatch({ ...view.state.replaceSelection(words), userEvent: "input.paste", scrollIntoView: true }),
  };
  return { frame, host, show(code) { box.hidden = code; field.hidden = !code; field.chips = code ? undefined : host; } };
}

const fields = [...text.form.querySelectorAll("[data-takes-fields]")], mounted = fields.map(mount), turn = document.createElement("button");
turn.type = "button";
turn.className = "quiet turn";
turn.textContent = told.code;
const help = document.createElement("p");
help.className = "hint";
help.textContent = told.help;
mounted[fields.indexOf(text)].frame.prepend(turn);
mounted[fields.indexOf(text)].frame.append(help);
function show(code) {
  turn.ariaPressed = String(code);
  help.hidden = code;
  for (const one of mounted) one.show(code);
  localStorage.setItem("letter-code", code ? "yes" : "");
}
turn.addEventListener("click", () => { show(text.hidden); (text.chips ?? text).focus(); });
show(localStorage.getItem("letter-code") === "yes");
text.dataset.ready = "yes";
