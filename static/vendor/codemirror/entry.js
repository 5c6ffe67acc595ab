// The code editor: CodeMirror with the languages of the question types and nothing more.
// Built into codemirror.min.js as ORIGIN.md says. Styles reach the page as constructable style sheets of a
// shadow root, so that the content security policy needs no exception.
import { Annotation, EditorState } from "@codemirror/state";
import { EditorView, drawSelection, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import {
  HighlightStyle, StreamLanguage, bracketMatching, indentOnInput, indentUnit, syntaxHighlighting,
} from "@codemirror/language";
import { dockerFile } from "@codemirror/legacy-modes/mode/dockerfile";
import { json } from "@codemirror/legacy-modes/mode/javascript";
import { sqlite } from "@codemirror/legacy-modes/mode/sql";
import { yaml } from "@codemirror/legacy-modes/mode/yaml";
import { tags } from "@lezer/highlight";

const fromOutside = Annotation.define();
const LANGUAGES = { dockerfile: dockerFile, json, sql: sqlite, yaml };

const colours = HighlightStyle.define([
  { tag: tags.comment, color: "var(--code-comment)", fontStyle: "italic" },
  { tag: tags.keyword, color: "var(--code-keyword)", fontWeight: "600" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--code-string)" },
  { tag: [tags.number, tags.bool, tags.null, tags.atom], color: "var(--code-number)" },
  { tag: [tags.propertyName, tags.definition(tags.variableName)], color: "var(--code-name)" },
  { tag: [tags.typeName, tags.standard(tags.name), tags.special(tags.name)], color: "var(--code-builtin)" },
  { tag: [tags.meta, tags.attributeName], color: "var(--code-attribute)" },
  { tag: tags.invalid, color: "var(--code-error)" },
]);

const looks = EditorView.theme({
  "&": { color: "var(--ink)", backgroundColor: "var(--surface)", fontSize: "0.9375rem" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": {
    fontFamily: "ui-monospace, SFMono-Regular, Menlo, Consolas, 'Liberation Mono', monospace",
    lineHeight: "1.55", minHeight: "12rem", maxHeight: "34rem", overflow: "auto",
  },
  ".cm-content": { caretColor: "var(--ink)", padding: ".6rem 0" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  ".cm-gutters": { backgroundColor: "var(--sunken)", color: "var(--ink-2)", borderRight: "1px solid var(--line)" },
  ".cm-activeLine": { backgroundColor: "color-mix(in srgb, var(--accent-soft) 40%, transparent)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "color-mix(in srgb, var(--accent) 28%, transparent)",
  },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "var(--accent-soft)", outline: "1px solid var(--accent)" },
});

/**
 * Puts an editor into an element. ``changed`` gets the whole text after each change by the person.
 * Returns ``{view, text(), replace(text), focus()}``.
 */
export function makeEditor(parent, { text, language, label, readOnly = false, changed = () => {} }) {
  const root = parent.attachShadow({ mode: "open" });
  const mode = LANGUAGES[language];
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: text,
      extensions: [
        lineNumbers(), history(), drawSelection(), highlightActiveLine(), indentOnInput(), bracketMatching(),
        indentUnit.of("  "), EditorState.tabSize.of(4), EditorState.readOnly.of(readOnly),
        keymap.of([...defaultKeymap, ...historyKeymap, indentWithTab]),
        mode ? [StreamLanguage.define(mode), syntaxHighlighting(colours)] : [],
        looks,
        EditorView.contentAttributes.of({
          "aria-label": label, tabindex: "0", spellcheck: "false", autocorrect: "off", autocapitalize: "off",
        }),
        // Typing over coloured text would make Chromium write an inline style, which the policy then refuses.
        EditorView.domEventHandlers({
          beforeinput(event, editor) {
            if (event.inputType !== "insertText" || !event.data || editor.composing) return false;
            if (editor.state.selection.main.empty || editor.state.readOnly) return false;
            event.preventDefault();
            editor.dispatch(editor.state.replaceSelection(event.data), { userEvent: "input.type", scrollIntoView: true });
            return true;
          },
        }),
        EditorView.updateListener.of((update) => {
          const own = update.transactions.some((one) => one.docChanged && !one.annotation(fromOutside));
          if (update.docChanged && own) changed(update.state.doc.toString());
        }),
      ],
    }),
  });
  return {
    view,
    text: () => view.state.doc.toString(),
    focus: () => view.focus(),
    replace: (now) => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: now }, annotations: fromOutside.of(true) }),
  };
}
