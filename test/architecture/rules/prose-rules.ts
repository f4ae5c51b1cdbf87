import { type Prose, proseOf } from "../tree/prose-of.js";
import type { Rule } from "../tree/source-tree.js";

/** A turn of phrase that this repository does not use, and what to write instead. */
interface Phrase {
  readonly name: string;
  readonly pattern: RegExp;
  readonly instead: string;
  /** Which texts it is about; all of them by default. */
  readonly kinds?: readonly Prose["kind"][];
  /** Which files it is about; all of them by default. */
  readonly files?: RegExp;
}

/** The beginning of a sentence: of the text, after a full stop or colon, or behind a TSDoc tag. */
const begin = String.raw`(?:^\s*|[.;:!?]\s+|^[\s\S]*?\n\s*- |@(?:returns|param \w+ -|throws|remarks|defaultValue|privateRemarks)\s+)`;

const phrases: readonly Phrase[] = [
  {
    name: "no comment says only that a type is the arguments of a function",
    pattern: /\bWhat \{@link [^}]+\} (?:works with|takes|needs|is given|gets)\b/g,
    instead: "delete it, or write what differs",
  },
  {
    name: "no comment says only that a function makes its return type",
    pattern: /\b(?:Makes|Creates|Builds|Returns) (?:an?|the) \{@link [^}]+\}\s*(?:\.|$)|\bMakes (?:an?|the) \{@link/g,
    instead: "delete it, or write what differs",
  },
  {
    name: "a sentence has a noun as its subject, not What, Who or Whoever",
    pattern: new RegExp(
      `${begin}(?:What|Who|Whatever|Whoever|Whom|Whose)\\b(?![^.;]*\\?)(?! \\{@link [^}]+\\} (?:works with|takes))`,
      "g",
    ),
    instead: "name the noun: the entries that …, a worker that …",
  },
  {
    name: "code is not told, does not say, hear or know",
    pattern: /\b(?:told|tells|tell|telling|says|saying|hears|hear|heard|hearing|knows|knew)\b/gi,
    instead: "is called, is notified, returns, reports, emits, receives, holds",
  },
  {
    name: "code does not ask code",
    pattern:
      /\b(?:ask|asks|asked|asking) (?:the |a |an |its |every |each |this |that |for (?:the |its |a )?)?(?:store|queue|database|server|Redis|PostgreSQL|kernel|provider|source|host|code host|worker|gateway|sandbox|Node|git|API|port|clock|policy|resolver|process|connection|page|entry|client)\b/gi,
    instead: "reads, calls, queries, requests",
  },
  {
    name: "nobody and somebody have a role: caller, another process, a worker that …",
    pattern: /\b(?:somebody|nobody|someone|no-one|no one|anybody|anyone|everybody|everyone|whoever)\b/gi,
    instead: "name the role: the caller, another process, a reader",
  },
  {
    name: "a negation is 'is not a', not 'is no'",
    pattern:
      /(?<!\bthere )\b(?:is|are|was|were|be) no(?:ne)?\b(?! (?:longer|more|less|later|earlier|older|newer|way)\b)/gi,
    instead: "is not a …, are not …",
  },
  {
    name: "a maximum is 'at most n' or 'the maximum of', not 'so many' or 'so long'",
    pattern: /\bso (?:many|long|much|few)\b/gi,
    instead: "the maximum number of …, for n milliseconds, as long as",
  },
  {
    name: "'who' follows the person or is 'that'",
    pattern:
      /(?:^\s*|[,;:(–-]\s*|\b(?:and|or|of|to|by|for|from|with|is|on|at|than|but|if|as|until|when|not|see|shows|decides|checks|matters)\s+)who\b(?! (?:may|is allowed))|\bwho (?:waits|asks|reads|calls|claims|finishes|pops|comes|looks|listens|writes|gives|takes|wants|holds|owns|stops|starts|runs|sends)\b/gi,
    instead: "a worker that …, the process that …, the actor",
  },
  { name: "an example is e.g., not ', say'", pattern: /,\s+say\b(?!ing)/gi, instead: "e.g." },
  {
    name: "a log or error text starts with a capital letter",
    // An option's own name, as in `limit: expected …`, keeps its case.
    pattern: /^(?![\w.[\]]+: )[a-z]/g,
    kinds: ["log", "error"],
    files: /^(?:packages|examples)\/[^/]+\/src\//,
    instead: "start with a capital letter",
  },
];

function phraseRule({ name, pattern, instead, kinds, files = /./ }: Phrase): Rule {
  // A comment may break its line between any two words.
  const everywhere = new RegExp(pattern.source.replaceAll(" ", "\\s+"), pattern.flags);
  return {
    name,
    check: (tree) =>
      tree.files
        .filter(({ path }) => files.test(path))
        .flatMap((file) =>
          proseOf(file)
            .filter(({ kind }) => kinds?.includes(kind) ?? true)
            .flatMap(({ text, lineAt }) =>
              [...text.matchAll(everywhere)].map((match) => {
                const lead = match[0].length - match[0].trimStart().length;
                const words = text
                  .slice(match.index, match.index + 70)
                  .replace(/\s+/g, " ")
                  .trim();
                return `${file.path}:${lineAt(match.index + lead)}: "${words}": ${instead}`;
              }),
            ),
        ),
  };
}

/** How comments, log texts, error texts and test titles are written. */
export const proseRules: readonly Rule[] = phrases.map(phraseRule);
