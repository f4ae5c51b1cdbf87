/** A complete opening or closing tag (CommonMark §6.6); sticky, so set `lastIndex`. Group 1 is the name, group 2 the attributes. */
export const htmlTagPattern =
  /<\/?([A-Za-z][A-Za-z0-9-]*)((?:\s+[A-Za-z_:][\w.:-]*(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'=<>`]+))?)*)\s*\/?>/y;

/** How the HTML blocks of CommonMark §4.6 begin, and what ends each; null means a blank line. */
export interface HtmlBlockRule {
  readonly start: RegExp;
  readonly end: RegExp | null;
  readonly canInterruptParagraph: boolean;
}

const blockNames =
  "address|article|aside|base|basefont|blockquote|body|caption|center|col|colgroup|dd|details|dialog|dir|div|dl|dt|" +
  "fieldset|figcaption|figure|footer|form|frame|frameset|h[1-6]|head|header|hr|html|iframe|legend|li|link|main|menu|" +
  "menuitem|nav|noframes|ol|optgroup|option|p|param|section|source|summary|table|tbody|td|tfoot|th|thead|title|tr|track|ul";

const rawEnd = /<\/(?:pre|script|style)>/i;

/** The seven kinds of HTML block, in the order of the specification. */
export const htmlBlockRules: readonly HtmlBlockRule[] = [
  { start: /^<(?:pre|script|style)(?=[\s>]|$)/i, end: rawEnd, canInterruptParagraph: true },
  { start: /^<!--/, end: /-->/, canInterruptParagraph: true },
  { start: /^<\?/, end: /\?>/, canInterruptParagraph: true },
  { start: /^<![A-Z]/, end: />/, canInterruptParagraph: true },
  { start: /^<!\[CDATA\[/, end: /\]\]>/, canInterruptParagraph: true },
  { start: new RegExp(`^</?(?:${blockNames})(?=[\\s>]|/>|$)`, "i"), end: null, canInterruptParagraph: true },
  { start: new RegExp(`^${htmlTagPattern.source}\\s*$`), end: null, canInterruptParagraph: false },
];
