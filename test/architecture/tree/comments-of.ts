import ts from "typescript";
import type { SourceFile } from "./source-tree.js";

/** Every comment of a file with its line: what merely looks like one inside a string is none. */
export function commentsOf({
  path,
  text,
  syntax,
}: SourceFile): readonly { readonly text: string; readonly place: string }[] {
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
    place: `${path}:${syntax.getLineAndCharacterOfPosition(start).line + 1}`,
  }));
}
