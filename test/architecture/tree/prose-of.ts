import ts from "typescript";
import { commentsOf } from "./comments-of.js";
import { nodesOf, type SourceFile } from "./source-tree.js";

/** A text that a person reads: a comment, the text of a log line or an error, or the title of a test. */
export interface Prose {
  readonly kind: "comment" | "log" | "error" | "title";
  /** The words, with comment markers and code blanked out; as long as the source, so that an offset has a line. */
  readonly text: string;
  /** The line in the file of an offset into `text`. */
  lineAt(offset: number): number;
}

const read = new WeakMap<SourceFile, readonly Prose[]>();

/** Every text of a file that a person reads; each file is read once. */
export function proseOf(file: SourceFile): readonly Prose[] {
  const prose = read.get(file) ?? readProse(file);
  read.set(file, prose);
  return prose;
}

function readProse(file: SourceFile): readonly Prose[] {
  const lineOf = (position: number): number => file.syntax.getLineAndCharacterOfPosition(position).line + 1;
  const comments = commentsOf(file).map(
    ({ text, start }): Prose => ({
      kind: "comment",
      text: blankMarkers(text),
      lineAt: (offset) => lineOf(start + offset),
    }),
  );
  const messages = nodesOf(file).flatMap((node) =>
    messagesOf(node).map(({ kind, literal }): Prose => {
      const start = literal.getStart(file.syntax) + 1;
      const source = literal.getText(file.syntax).slice(1, -1);
      return { kind, text: source.replace(/\$\{[^}]*\}/g, blank), lineAt: (offset) => lineOf(start + offset) };
    }),
  );
  return [...comments, ...messages];
}

const blank = (text: string): string => text.replace(/[^\n]/g, " ");

/** Leaves the words of a comment: its markers, its code and its links are blanked out. */
function blankMarkers(comment: string): string {
  return comment
    .replace(/^\s*(?:\/\*\*?|\/\/+)/, blank)
    .replace(/\*\/$/, blank)
    .replace(/\n[ \t]*\*/g, blank)
    .replace(/```[\s\S]*?```/g, blank)
    .replace(/`[^`\n]*`/g, (code) => "x".repeat(code.length));
}

/** The texts that a node gives to a log, to an error or to a test. */
function messagesOf(node: ts.Node): readonly { readonly kind: Prose["kind"]; readonly literal: ts.Node }[] {
  if (ts.isNewExpression(node) && /Error$/.test(node.expression.getText())) {
    return literalsIn("error", node.arguments ?? []).slice(node.expression.getText() === "AgentBotError" ? 1 : 0);
  }
  if (!ts.isCallExpression(node)) return [];
  const called = node.expression.getText();
  if (/(?:^|\.)(?:debug|info|warn|error)$/.test(called) && /log/i.test(called))
    return literalsIn("log", node.arguments);
  const isTest = /^(?:test|it|describe|suite)(?:\.\w+)*(?:\([^)]*\))?$/.test(called);
  return isTest ? literalsIn("title", node.arguments.slice(0, 1)) : [];
}

function literalsIn(
  kind: Prose["kind"],
  nodes: readonly ts.Node[],
): readonly { readonly kind: Prose["kind"]; readonly literal: ts.Node }[] {
  return nodes.flatMap((literal) => {
    if (ts.isConditionalExpression(literal)) return literalsIn(kind, [literal.whenTrue, literal.whenFalse]);
    return ts.isStringLiteralLike(literal) || ts.isTemplateExpression(literal) ? [{ kind, literal }] : [];
  });
}
