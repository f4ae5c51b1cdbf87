import ts from "typescript";
import { nodesOf, placeOf, type Rule, type SourceFile } from "../tree/source-tree.js";

/** A name that this repository has given up, and the field's term for it. */
interface OldName {
  readonly pattern: RegExp;
  readonly instead: string;
}

/** Names in the code, in file names and in quoted SQL. */
const oldNames: readonly OldName[] = [
  { pattern: /[rR]unBooks|^books$|^owe[sd]?$|^owing/, instead: "RunSpending, set, commit; deferQuotaCharge" },
  {
    pattern: /^[bB]ell$|[dD]oorbell|^Ring$|^isRung$|^mustRing$|^rings?$|^rung$/,
    instead: "AutoResetEvent, MarkerListener, WakeReason, mustNotify",
  },
  { pattern: /[dD]oubtful|[oO]nDoubt|^doubts?$/, instead: "UnconfirmedClaims, onUnconfirmed" },
  { pattern: /[aA]headClaims|^ahead$/, instead: "Prefetch" },
  { pattern: /claimByAdding/, instead: "enqueueAndClaim" },
  { pattern: /[wW]orkCycle/, instead: "CommandBatcher" },
  {
    pattern: /[nN]extChange|takeTurn|takesTurn|outbox_turn|outboxTurn/,
    instead: "DueTimer, shouldPoll, tryAcquireSweep, sweeps",
  },
  {
    pattern: /isQuiet|quietly|^unasked$|beingAsked|[qQ]uietTimes/,
    instead: "claim states idle, pending, inFlight; RateLimitPauses",
  },
  { pattern: /[nN]oticeBoard|^noticed$/, instead: "NotificationChannel, onNotification, notify" },
  { pattern: /[wW]akeups?(?![a-z])/, instead: "PubSub" },
  { pattern: /semantic_?[kK]ey/, instead: "dedupeKey" },
  { pattern: /news_at|newsAt|installation-?[nN]ews/, instead: "statusChangedAt, status_changed_at" },
  { pattern: /[sS]etBacks?/, instead: "countClockRollbacks" },
  { pattern: /^pace$|[gG]esture/, instead: "throttleKey, requestByAction" },
  { pattern: /[sS]tandIn/, instead: "Fake…" },
  { pattern: /[uU]nsandboxed/, instead: "createNoSandbox" },
  { pattern: /partSchema|\w+Parts$/, instead: "portSchema, …Deps" },
  { pattern: /lastAttempts/, instead: "attempts, lastAttemptGate" },
  { pattern: /(?<![iI]s)[rR]etryable$/, instead: "isRetryable" },
  { pattern: /^respond[A-Z]/, instead: "problemResponse, jsonResponse" },
  {
    pattern:
      /(?:[sS]anit|[nN]eutral|[nN]ormal|[sS]erial|[iI]nitial|[rR]ecogn|[aA]uthor|[oO]ptim|[sS]ummar|[oO]rgan)is(?:e|ed|es|er|ing|ation)(?![a-z])/,
    instead: "the spelling with z",
  },
];

/** Words for what people do with each other: in a name, a verb of the code belongs in their place. */
const personalWords: Readonly<Record<string, string>> = {
  ask: "read, request, withTimeout",
  asks: "reads, requests",
  asked: "requested",
  asking: "requesting",
  tell: "notify, report",
  tells: "notifies, reports",
  told: "notified, reported, logged",
  hear: "receive",
  hears: "receives",
  heard: "received",
  say: "report, render",
  says: "reports",
  said: "reported",
  knows: "has, includes",
  nobody: "no caller, unused",
  somebody: "another process",
  whoever: "the caller",
};

const wordsOf = (name: string): readonly string[] =>
  name.split(/(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[_\-./]/).map((word) => word.toLowerCase());

/** The people of a test ask and say: only the product's own code may not. */
const isSource = ({ path }: SourceFile): boolean => /^(?:packages|examples)\/[^/]+\/src\/(?!testing\/)/.test(path);

/** The reason to replace a name, or null. */
function problemOf(name: string, isProduct: boolean): string | null {
  const old = oldNames.find(({ pattern }) => pattern.test(name));
  if (old) return `${name}: ${old.instead}`;
  if (!isProduct) return null;
  const word = wordsOf(name).find((one) => Object.hasOwn(personalWords, one));
  return word === undefined ? null : `${name}: ${word} is for people: ${personalWords[word]}`;
}

/** The names a file declares. */
function declaredNames(file: SourceFile): readonly ts.Identifier[] {
  return nodesOf(file).filter((node): node is ts.Identifier => {
    return ts.isIdentifier(node) && "name" in node.parent && node.parent.name === node && isDeclaration(node.parent);
  });
}

/** False for `a.name`, whose name is declared elsewhere. */
function isDeclaration(node: ts.Node): boolean {
  return !ts.isPropertyAccessExpression(node) && !ts.isMetaProperty(node) && !ts.isImportSpecifier(node);
}

/** The field's terms, in the place of names that had to be learnt here. */
export const nameRules: readonly Rule[] = [
  {
    name: "a declared name is the field's term",
    check: ({ files }) =>
      files.flatMap((file) =>
        declaredNames(file).flatMap((identifier) => {
          const problem = problemOf(identifier.text, isSource(file));
          return problem === null ? [] : [`${placeOf(file, identifier)}: ${problem}`];
        }),
      ),
  },
  {
    name: "a file's name is the field's term",
    check: ({ files }) =>
      files.flatMap((file) => {
        const { path } = file;
        const base = path.slice(path.lastIndexOf("/") + 1).replace(/(?:\.test)?\.ts$/, "");
        const camel = base.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
        const problem = problemOf(camel, isSource(file));
        return problem === null ? [] : [`${path}: ${problem}`];
      }),
  },
];
