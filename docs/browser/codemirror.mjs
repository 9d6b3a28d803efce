// What static/letter.js uses of CodeMirror, and nothing else.
export { Annotation, EditorSelection, EditorState, RangeSetBuilder, StateEffect, StateField } from "@codemirror/state";
export { Decoration, Direction, EditorView, WidgetType, dropCursor, keymap } from "@codemirror/view";
export { history, historyKeymap, insertNewline, isolateHistory, standardKeymap } from "@codemirror/commands";
