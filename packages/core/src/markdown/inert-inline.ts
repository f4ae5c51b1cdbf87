import { zeroWidthSpace } from "./acting-words.js";
import { createCodeSpanFinder } from "./scan-markdown.js";

/** Options of {@link createInertInline}. */
export interface InertInlineOptions {
  /** Login names that stay mentions, without `@`: the requester's. @defaultValue none */
  readonly mentionable?: readonly string[] | undefined;
  /** Returns an address, written so that it ends nothing around it, where a link may lead to it; else null. */
  readonly linkTo: (address: string) => string | null;
}

/** A piece of a line. One with `isWhole` is never cut in two: half of it could mean something else. */
export interface Piece {
  readonly text: string;
  readonly isWhole: boolean;
}

/** Where a text stands: from the start of a line, behind other text of it, or in the words of a link. */
type Place = "line" | "text" | "label";

/** Writes one line of Markdown again, so that nothing in it acts whatever block a renderer sees it in. */
export type InertInline = (line: string, place?: Place) => readonly Piece[];

/** The signs that have a meaning between the words of a line. */
const signPattern =
  /`+|\\|<|&(?=[#A-Za-z\\])|!(?=[[\d])|\[|@|#(?=[\d*_~\\])|GH-(?=\d)|[a-z][a-z0-9+.-]{0,20}:\/\/|www\.|~{3,}|\/(?=[a-z])|\|/gi;
const linkPattern =
  /!?\[([^[\]]{0,1000})\]\(<?([^()[\]\s<>]{1,2000})>?(?:[ \t]{1,4}(?:"[^"]{0,200}"|'[^']{0,200}'))?[ \t]{0,4}\)/y;
const addressPattern = /(?:[a-z][a-z0-9+.-]{0,20}:\/\/|www\.)[^\s<>()[\]`|\\"']{0,2000}/iy;
const autolinkPattern = /<([a-z][a-z0-9+.-]{0,20}:\/\/[^\s<>`]{1,2000})>/iy;
const mentionPattern = /@([A-Za-z0-9](?:[A-Za-z0-9._/-]{0,79}))(?![\w\\&/-])/y;
/** References to characters that stay: they are inert, and this module writes most of them itself. */
const keptReferencePattern = /&(?:lt|gt|amp|quot|nbsp|#96|#124);/y;
const punctuationPattern = /[!-/:-@[-`{-~]/;
const taskBoxPattern = /^([ \t]*(?:(?:[-+*]|\d{1,9}[.)])[ \t]+)+)(\[[ xX]\])(?=[ \t]|$)/;
const listMarkPattern = /^[ \t]*(?:(?:[-+*>]|\d{1,9}[.)])[ \t]+)*/;

function matchAt(pattern: RegExp, text: string, index: number): readonly string[] | null {
  pattern.lastIndex = index;
  return pattern.exec(text);
}

/** A text between runs of backticks that do not occur in it. */
function toCodeSpan(code: string): string {
  const runs = new Set((code.match(/`+/g) ?? []).map((run) => run.length));
  let length = 1;
  while (runs.has(length)) length += 1;
  const ticks = "`".repeat(length);
  const pad = /^`|`$|^ .* $/.test(code) ? " " : "";
  return `${ticks}${pad}${code}${pad}${ticks}`;
}

/** Code on a line that may be a row of a table, whose cells end inside it: nothing in it acts as text either. */
function splitCode(code: string): string {
  return code.replace(/[@<&#!/\\[\]]|:(?=\/\/)|www(?=\.)|GH-(?=\d)/gi, `$&${zeroWidthSpace}`);
}

/** Returns an escaped sign, as inert as it is elsewhere. */
function escapeSign(sign: string, before: string, after: string, place: Place): string {
  const split = /\d/.test(after) && place !== "label" ? zeroWidthSpace : "";
  switch (sign) {
    case "<":
      return "&lt;";
    case "&":
      return "&amp;";
    case "`":
      return "&#96;";
    // An escaped bar still ends a cell in some renderers.
    case "|":
      return "&#124;";
    case "@":
    case ":":
    case "/":
      return `${sign}${zeroWidthSpace}`;
    case ".":
      return `\\.${/www$/i.test(before) ? zeroWidthSpace : ""}`;
    case "#":
      return place === "label" ? "#" : `\\#${split}`;
    default:
      return `\\${sign}${split}`;
  }
}

/** The pieces of a line, as far as it is written. */
class Output {
  readonly pieces: Piece[] = [];
  /** True once a word stands on the line, or in the cell of a table: a command does not begin behind it. */
  hasWord = false;
  /** True if there is a bar inside code. */
  hasBar = false;
  private last = "";

  push(text: string, isWhole = true): void {
    if (text === "") return;
    // Two runs of backticks would become one, and a mark before a link an image.
    const joins = (this.last === "`" && text.startsWith("`")) || (this.last === "!" && text.startsWith("["));
    if (joins) this.pieces.push({ text: zeroWidthSpace, isWhole: true });
    this.pieces.push({ text, isWhole });
    this.last = text.at(-1) ?? "";
  }

  pushWords(words: string): void {
    this.push(words, false);
    this.hasWord ||= words !== "" && /[\p{L}\p{N}]/u.test(words);
  }
}

/**
 * Prepares the writing of lines. Every sign that could begin an image, a link, a tag, a mention or a reference is escaped
 * in a way that holds in each context outside code; code spans end on their line, and are the only use of backticks. So no
 * part of the result depends on how a renderer splits the text into blocks. Linear time.
 */
export function createInertInline({ mentionable = [], linkTo }: InertInlineOptions): InertInline {
  const allowed = new Set(mentionable.map((login) => login.toLowerCase()));

  const write = (line: string, place: Place, isSplit: boolean, output: Output): void => {
    const findCodeSpanEnd = createCodeSpanFinder(line);

    const pushCode = (code: string): void => {
      output.hasBar ||= code.includes("|");
      output.push(toCodeSpan(isSplit ? splitCode(code) : code));
      output.hasWord = true;
    };
    const pushAddress = (address: string): void => {
      const target = place === "label" ? null : linkTo(address);
      if (target === null) pushCode(address);
      else output.push(`<${target}>`);
    };
    const pushLink = (label: string, address: string, index: number): void => {
      const target = linkTo(address);
      if (label.trim() === "" || label === address) {
        pushAddress(address);
      } else if (target === null) {
        // The words before the link and those in it are one text now.
        if (/\S/.test(line[index - 1] ?? "")) output.push(zeroWidthSpace);
        write(label, "text", isSplit, output);
        output.push(" (");
        pushCode(address);
        output.push(")");
      } else {
        const words = new Output();
        write(label, "label", isSplit, words);
        output.hasBar ||= words.hasBar;
        output.push(`[${words.pieces.map(({ text }) => text).join("")}](${target})`);
      }
    };
    const pushMention = (index: number): number => {
      const [mention = "", name = ""] = (place === "label" ? null : matchAt(mentionPattern, line, index)) ?? [];
      const isPartOfWord = /[\w.+-]/.test(line[index - 1] ?? "");
      if (!isPartOfWord && allowed.has(name.replace(/[._/-]+$/, "").toLowerCase())) {
        output.push(mention);
        return mention.length;
      }
      output.push(/\S/.test(line[index + 1] ?? "") ? `@${zeroWidthSpace}` : "@");
      return 1;
    };
    const pushEscape = (index: number): number => {
      const next = line[index + 1] ?? "";
      if (punctuationPattern.test(next)) {
        const before = line.slice(Math.max(0, index - 3), index);
        output.push(escapeSign(next, before, line[index + 2] ?? "", place));
        return 2;
      }
      // At the end of a line it breaks the line, as two spaces do.
      const isBreak = next === "" && place === "line" && line.trim() !== "\\";
      output.push(isBreak ? "  " : "\\\\");
      return 1;
    };

    /** Writes what begins with a sign; returns its length in the line. */
    const pushSign = (sign: string, index: number): number => {
      switch (sign[0]) {
        case "`": {
          const end = findCodeSpanEnd(index, sign.length);
          const code = end === null ? "" : line.slice(index + sign.length, end - sign.length);
          if (end === null || code.trim() === "") {
            output.push("&#96;".repeat(sign.length));
            return sign.length;
          }
          pushCode(/^ .* $/.test(code) ? code.slice(1, -1) : code);
          return end - index;
        }
        case "\\":
          return pushEscape(index);
        case "<": {
          const [whole, address = ""] = matchAt(autolinkPattern, line, index) ?? [];
          if (whole) pushAddress(address);
          else output.push("&lt;");
          return whole?.length ?? 1;
        }
        case "&": {
          const [kept] = matchAt(keptReferencePattern, line, index) ?? [];
          output.push(kept ?? "&amp;");
          return kept?.length ?? 1;
        }
        case "[":
        case "!": {
          const [whole, label = "", address = ""] = (place === "line" ? matchAt(linkPattern, line, index) : null) ?? [];
          if (whole) pushLink(label, address, index);
          else if (sign === "[") output.push("\\[");
          else output.push(line[index + 1] === "[" || place === "label" ? "!" : `!${zeroWidthSpace}`);
          return whole?.length ?? 1;
        }
        case "@":
          return pushMention(index);
        case "~":
          output.push("\\~".repeat(sign.length));
          return sign.length;
        case "/":
          output.push(output.hasWord ? "/" : `/${zeroWidthSpace}`);
          return 1;
        case "|":
          output.push(place === "label" ? "&#124;" : "|");
          output.hasWord = false;
          return 1;
        case "#":
          output.push(place === "label" ? "#" : `#${zeroWidthSpace}`);
          return 1;
        default: {
          if (sign.endsWith("-")) {
            output.push(place === "label" ? sign : `${sign}${zeroWidthSpace}`);
            return sign.length;
          }
          const address = withoutEnd(matchAt(addressPattern, line, index)?.[0] ?? sign);
          pushAddress(address);
          return address.length;
        }
      }
    };

    const mayHaveBox = place === "line" && line.includes("[");
    const [, lead = "", box = ""] = (mayHaveBox ? taskBoxPattern.exec(line) : null) ?? [];
    const marks = place === "line" ? lead || (listMarkPattern.exec(line)?.[0] ?? "") : "";
    output.push(marks);
    output.push(box);
    let position = marks.length + box.length;
    const nextSign = (): RegExpExecArray | null => {
      // The words of a link are written between two of its uses.
      signPattern.lastIndex = position;
      return signPattern.exec(line);
    };
    for (let found = nextSign(); found; found = nextSign()) {
      output.pushWords(line.slice(position, found.index));
      position = found.index + pushSign(found[0], found.index);
    }
    output.pushWords(line.slice(position));
  };

  return (line, place = "line") => {
    signPattern.lastIndex = 0;
    if (!signPattern.test(line)) return [{ text: line, isWhole: false }];
    const written = new Output();
    write(line, place, false, written);
    if (!written.hasBar) return written.pieces;
    const split = new Output();
    write(line, place, true, split);
    return split.pieces;
  };
}

/** An address without the punctuation that ends the sentence around it. */
function withoutEnd(address: string): string {
  let end = address.length;
  while (end > 4 && /[.,;:!?*_~]/.test(address[end - 1] ?? "")) end -= 1;
  return address.slice(0, end);
}
