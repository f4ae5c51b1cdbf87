import ts from "typescript";
import type { SourceFile } from "./source-tree.js";

/** A comment, where it starts in its file, and its place for people: `path:line`. */
export interface Comment {
  readonly text: string;
  readonly start: number;
  readonly place: string;
}

/** Every comment of a file; a string that looks like a comment is left out. */
export function commentsOf({ path, text, syntax }: SourceFile): readonly Comment[] {
  const ranges = new Map<number, number>();
  const visit = (node: ts.Node): void => {
    const children = ts.isJSDoc(node) ? [] : node.getChildren(syntax);
    children.forEach(visit);
    if (ts.isJSDoc(node)) ranges.set(node.pos, node.end);
    else if (children.length === 0) {
      for (const { pos, end } of ts.getLeadingCommentRanges(text, node.pos) ?? []) ranges.set(pos, end);
      for (const { pos, end } of ts.getTrailingCommentRanges(text, node.end) ?? []) ranges.set(pos, end);
    }
  };
  visit(syntax);
  return [...ranges].map(([start, end]) => ({
    text: text.slice(start, end),
    start,
    place: `${path}:${syntax.getLineAndCharacterOfPosition(start).line + 1}`,
  }));
}
