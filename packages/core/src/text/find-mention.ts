import { capText } from "./cap-text.js";
import { stripInvisible } from "./invisible-characters.js";
import { readVisibleLines } from "./visible-lines.js";

/** No instruction is longer, in UTF-16 units; a longer one is cut and says so. */
const maxInstructionLength = 32_768;

/** A request to the bot. */
export interface Mention {
  /** The visible text after the name, to the end; empty when there is none. */
  readonly instruction: string;
}

/** After the name: nothing that would make it a longer name, an address, a domain or a genitive. */
const namePartPattern = /^(?:[\p{L}\p{N}\p{M}\p{Cf}_@/\\-]|[.:'’](?=[\p{L}\p{N}]))/u;

/**
 * Finds the first visible line that begins with `@name` (any case; `@name[bot]` too) and what is asked there.
 * Quotes, code, HTML comments, signatures and longer names such as `@name-foo` are no mention. Linear time.
 *
 * @param name - the bot's name without `@`
 */
export function findMention(text: string, name: string): Mention | null {
  const mention = `@${name.toLowerCase()}`;
  const lines = readVisibleLines(text);
  for (const [index, line] of lines.entries()) {
    const start = /^[ \t]{0,16}/.exec(line)?.[0].length ?? 0;
    if (line.slice(start, start + mention.length).toLowerCase() !== mention) continue;
    const after = line.slice(start + mention.length).replace(/^\[bot\]/i, "");
    if (namePartPattern.test(after.slice(0, 4))) continue;
    const asked = stripInvisible([after, ...lines.slice(index + 1)].join("\n"));
    const instruction = asked.replace(/^(?:[\s,:;.!?]|[-–—](?=\s))+/, "").trim();
    return { instruction: capText(instruction, maxInstructionLength) };
  }
  return null;
}
