import { execFileSync } from "node:child_process";

/** The parts of a page that come of one text. */
export interface RenderedText {
  /** The runs of text outside of code and links, as a host's filters see them: each between two tags. */
  readonly texts: readonly string[];
  readonly links: readonly string[];
  readonly images: readonly string[];
  /** Raw HTML and footnotes: what no text may bring along. */
  readonly raw: readonly string[];
  /** The languages of the blocks of code. */
  readonly languages: readonly string[];
  /** The code, spans and blocks. */
  readonly code: readonly string[];
}

const extensions = ["table", "strikethrough", "autolink", "tagfilter", "tasklist", "footnotes"];
/** Stands before a run that does not begin its block. */
const behindOthers = "\ufffc";
const separator = "End of one text: ";
const perBatch = 200;

/**
 * Renders texts by GitHub's own renderer, many in one document: a text that does not end before the next one begins is
 * rendered alone, and counts as raw.
 */
export function renderLikeGitHub(program: string, texts: readonly string[]): readonly RenderedText[] {
  const rendered: RenderedText[] = [];
  for (let start = 0; start < texts.length; start += perBatch) {
    const batch = texts.slice(start, start + perBatch);
    const document = batch.map((text, index) => `${text}\n\n${separator}${index}\n\n`).join("");
    const parts = parseTree(run(program, document));
    const isWhole = parts.length === batch.length + 1;
    for (const [index, text] of batch.entries()) {
      const part = isWhole ? parts[index] : parseTree(run(program, `${text}\n\n${separator}0\n`))[0];
      rendered.push(part ?? { ...emptyPart(), raw: ["a block that does not end with its text"] });
    }
  }
  return rendered;
}

function run(program: string, input: string): string {
  const words = ["-t", "xml", "--unsafe", ...extensions.flatMap((each) => ["-e", each])];
  return execFileSync(program, words, { input, encoding: "utf8", maxBuffer: 1 << 28 });
}

type Part = { readonly [Key in keyof RenderedText]: string[] };

function emptyPart(): Part {
  return { texts: [], links: [], images: [], raw: [], languages: [], code: [] };
}

function decode(text: string): string {
  return text.replace(/&(lt|gt|amp|quot);/g, (_, name: "lt" | "gt" | "amp" | "quot") => {
    return { lt: "<", gt: ">", amp: "&", quot: '"' }[name];
  });
}

/** Reads the renderer's tree, in which the separators stand as paragraphs of the document. */
function parseTree(xml: string): Part[] {
  const parts = [emptyPart()];
  const open: string[] = [];
  let run: string | null = null;
  let isBlockStart = true;
  let part = parts[0] ?? emptyPart();
  const endRun = (): void => {
    if (run !== null) part.texts.push(run);
    run = null;
  };
  const tree = xml
    .slice(xml.indexOf("<document"))
    .replaceAll("<<unknown>", "<footnote")
    .replaceAll("</<unknown>>", "</footnote>");
  for (const [, closing, name = "", attributes = "", single, content = ""] of tree.matchAll(
    /<(\/?)(\w+)([^>]*?)(\/?)>([^<]*)/g,
  )) {
    if (closing) {
      if (!["text", "code", "code_block", "html_inline", "html_block"].includes(name)) {
        endRun();
        open.pop();
      }
      continue;
    }
    const destination = decode(/destination="([^"]*)"/.exec(attributes)?.[1] ?? "");
    switch (name) {
      case "text": {
        const text = decode(content);
        const isSeparator = open.length === 2 && open[1] === "paragraph" && text.startsWith(separator) && run === null;
        if (isSeparator) {
          part = emptyPart();
          parts.push(part);
        } else if (!open.includes("link")) run = (run ?? (isBlockStart ? "" : behindOthers)) + text;
        isBlockStart = false;
        continue;
      }
      case "softbreak":
      case "linebreak":
        run = `${run ?? behindOthers}\n`;
        continue;
      case "code":
      case "code_block":
        endRun();
        isBlockStart = false;
        part.code.push(decode(content));
        part.languages.push(decode(/info="([^"]*)"/.exec(attributes)?.[1] ?? ""));
        continue;
      case "html_inline":
      case "html_block":
        endRun();
        part.raw.push(decode(content));
        continue;
      case "footnote":
        part.raw.push(name);
        break;
      case "link":
        part.links.push(destination);
        break;
      case "image":
        part.images.push(destination);
        break;
      default:
        if (!["emph", "strong", "strikethrough"].includes(name)) isBlockStart = true;
    }
    endRun();
    if (!single) open.push(name);
  }
  return parts;
}
