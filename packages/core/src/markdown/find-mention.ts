import { type CommandName, commandNames } from "../task/command.js";
import { capText } from "../text/cap-text.js";
import { sanitizeText } from "../text/sanitize-text.js";
import { sanitizeMarkdown } from "./sanitize-markdown.js";
import { readVisibleLines } from "./visible-lines.js";

/** The longest instruction, in UTF-16 units; a longer one is cut, with a note. */
const maxInstructionLength = 32_768;

/**
 * The part of a text that is searched, in UTF-16 units: twice what GitHub takes in a comment. Together with the linear scan
 * it bounds the time that one text can hold the process, whatever a provider sends.
 */
const maxSearchedLength = 131_072;

/** A request to the bot. */
export interface Mention {
  /** The visible text after the name, to the end; empty when there is none. */
  readonly instruction: string;
}

const emoji =
  "(?:\\p{Extended_Pictographic}[\\ufe0f\\u{1f3fb}-\\u{1f3ff}]{0,2}(?:\\u200d\\p{Extended_Pictographic}[\\ufe0f\\u{1f3fb}-\\u{1f3ff}]{0,2}){0,8}" +
  "|\\p{Regional_Indicator}{2}|[0-9#*]\\ufe0f?\\u20e3|:[a-z0-9_+-]{1,40}:)[ \\t]{0,4}";

/** The marks that may precede the name: of lists, a task box or a heading, emoji, and emphasis, which is group 1. */
const leadPattern = new RegExp(
  `^[ \\t]{0,16}(?:(?:[-+*]|\\d{1,9}[.)])[ \\t]+){0,9}(?:\\[[ xX]\\][ \\t]+|#{1,6}[ \\t]+)?(?:${emoji}){0,8}([*_]{0,3})(?:${emoji}){0,8}`,
  "u",
);
const maxLeadLength = 256;

/** Characters after the name that make it a longer name, an address, a domain or a genitive. */
const namePartPattern = /^(?:[\p{L}\p{N}\p{M}\p{Cf}_@/\\-]|[.:'’](?=[\p{L}\p{N}]))/u;

/** The rest of a line after `@name`, or null if the line does not begin with that mention. `mention` is in lower case. */
function readMention(line: string, mention: string): string | null {
  const [lead = "", emphasis = ""] = leadPattern.exec(line.slice(0, maxLeadLength)) ?? [];
  if (line.slice(lead.length, lead.length + mention.length).toLowerCase() !== mention) return null;
  const rest = line.slice(lead.length + mention.length).replace(/^\[bot\]/i, "");
  const after = rest.startsWith(emphasis) ? rest.slice(emphasis.length) : rest;
  if (namePartPattern.test(after.slice(0, 4))) return null;
  return after === rest ? rest.replace(emphasis, "") : after;
}

/**
 * Finds the first visible line that begins with `@name` (any case; `@name[bot]` too) and what it requests. Only list and
 * heading marks, a task box, emphasis and emoji may precede the name. Quotes, code, HTML comments, signatures and longer
 * names such as `@name-foo` are not mentions. Linear time; a mention after the first 131,072 characters is not found.
 *
 * @param name - the bot's name without `@`
 */
export function findMention(text: string, name: string): Mention | null {
  const mention = `@${name.toLowerCase()}`;
  const searched = text.slice(0, maxSearchedLength);
  // It counts where nothing hides or quotes it; its words are those that the page shows.
  if (instructionIn(readVisibleLines(searched), mention) === null) return null;
  const instruction = instructionIn(readVisibleLines(sanitizeMarkdown(searched)), mention);
  return instruction === null ? null : { instruction: capText(instruction, maxInstructionLength) };
}

/** Returns what follows the first line that begins with the mention, that line's rest included; null without such a line. */
function instructionIn(lines: readonly string[], mention: string): string | null {
  for (const [index, line] of lines.entries()) {
    const rest = readMention(line, mention);
    if (rest === null) continue;
    const following = sanitizeText([rest, ...lines.slice(index + 1)].join("\n"));
    return following.replace(/^(?:[\s,:;.!?]|[-–—](?=\s))+/, "").trim();
  }
  return null;
}

/** Returns the command that an instruction consists of, or null. Case, punctuation and spaces around it do not matter. */
export function parseCommand(instruction: string): CommandName | null {
  if (instruction.length > 100) return null;
  const word = /^[^\p{L}\p{N}]*([a-z]+)[^\p{L}\p{N}]*$/iu.exec(instruction)?.[1]?.toLowerCase();
  return commandNames.find((name) => name === word) ?? null;
}
