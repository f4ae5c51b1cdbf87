import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { type DefaultTreeAdapterTypes, parseFragment } from "parse5";

type Node = DefaultTreeAdapterTypes.ChildNode;

const run = promisify(execFile);
const extensions = ["table", "strikethrough", "autolink", "tagfilter", "tasklist", "footnotes"];

/** Elements without visible text of their own on a page of GitHub. */
const unseen = new Set([
  "script",
  "style",
  "template",
  "iframe",
  "noscript",
  "noembed",
  "noframes",
  "svg",
  "math",
  "object",
]);

/** The text that a reader sees on the page that GitHub's own renderer makes of a text. */
export async function visiblePage(program: string, text: string): Promise<string> {
  const words = ["-t", "html", "--unsafe", ...extensions.flatMap((each) => ["-e", each])];
  const rendering = run(program, words, { encoding: "utf8", maxBuffer: 1 << 26 });
  rendering.child.stdin?.end(text);
  const { stdout } = await rendering;
  return textOf(parseFragment(stdout).childNodes);
}

function textOf(nodes: readonly Node[]): string {
  return nodes.map(textOfNode).join("");
}

function textOfNode(node: Node): string {
  if ("value" in node) return node.value;
  if (!("tagName" in node) || unseen.has(node.tagName)) return "";
  const { tagName, attrs, childNodes } = node;
  if (attrs.some(({ name }) => name === "hidden" || name === "aria-hidden")) return "";
  const isOpen = attrs.some(({ name }) => name === "open");
  if (tagName === "dialog" && !isOpen) return "";
  if (tagName !== "details" || isOpen) return textOf(childNodes);
  const summary = childNodes.find((child) => "tagName" in child && child.tagName === "summary");
  return summary ? textOf([summary]) : "";
}
