/** Markdown that people write and read: mentions in visible text, and texts made inert. */

export * from "../text/clean-comment.js";
export * from "../text/find-mention.js";
export * from "../text/parse-command.js";
export { visibleLines } from "../text/visible-lines.js";
