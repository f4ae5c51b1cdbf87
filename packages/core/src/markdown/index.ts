/** Markdown as code hosts render it: mentions in visible text, and texts made inert. */

export { toInertLine } from "./acting-words.js";
export * from "./find-mention.js";
export * from "./inert-markdown.js";
export * from "./sanitize-markdown.js";
export { visibleLines } from "./visible-lines.js";
