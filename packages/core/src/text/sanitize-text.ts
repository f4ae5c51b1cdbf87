// ECMA-48 §5.4 control sequences and the operating system commands of terminals; each branch stops at the next ESC.
const [escapeMark, endMark] = ["\\u001b", "\\u0007"];
const ansiPattern = new RegExp(
  `${escapeMark}(?:\\[[0-?]*[ -/]*[@-~]|\\][^${endMark}${escapeMark}\\n]*(?:${endMark}|${escapeMark}\\\\)?|[@-Z\\\\^_])`,
  "g",
);

const invisiblePattern = new RegExp(
  [
    // Controls except tab and line feed, then soft hyphen, joiners, fillers and the Mongolian separators.
    "[\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f",
    // Zero-width, bidirectional and invisible operators, the Hangul fillers, byte order mark and interlinear marks.
    "\\u200b\\u200c\\u200e\\u200f\\u202a-\\u202e\\u2060-\\u206f\\u3164\\ufeff\\uffa0\\ufff9-\\ufffb\\ufffe\\uffff",
    // Private use, shorthand and musical formats, tag characters and variation selectors of plane 14, lone surrogates.
    "\\ue000-\\uf8ff\\u{1bca0}-\\u{1bca3}\\u{1d173}-\\u{1d17a}\\u{e0000}-\\u{e0fff}\\u{f0000}-\\u{10ffff}\\p{Cs}]",
    // The joiner, unless it makes one emoji of two.
    "|(?<!\\p{Extended_Pictographic}[\\ufe0f\\u{1f3fb}-\\u{1f3ff}]?)\\u200d|\\u200d(?!\\p{Extended_Pictographic})",
    // Variation selectors, unless they choose how an emoji looks.
    "|[\\ufe00-\\ufe0d]|(?<![\\p{Extended_Pictographic}0-9#*])[\\ufe0e\\ufe0f]",
  ].join(""),
  "gu",
);

/**
 * Removes characters that a reader cannot see: control, ANSI, zero-width, bidirectional, tag and private-use characters and
 * lone surrogates. Line ends become `\n`. The text stays untrusted. For Markdown there is `sanitizeMarkdown` of
 * `@agentbot/core/markdown`. Linear time, idempotent.
 */
export function sanitizeText(text: string): string {
  return text
    .replace(/\r\n?|[\u0085\u2028\u2029]/g, "\n")
    .replace(ansiPattern, "")
    .replace(invisiblePattern, "");
}

/** DEL, the C1 controls, the separators of lines and the marks of direction: JSON leaves them as they are. */
const unescapedControls = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** Escapes the characters in a JSON text that could control the terminal it is shown on: it stays the same JSON. */
export function escapeControls(json: string): string {
  return json.replace(unescapedControls, (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
