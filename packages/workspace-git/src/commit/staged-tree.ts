import { AgentBotError } from "@agentbot/core";
import { createSecretCheck } from "@agentbot/core/adapter";
import type { LeftOut, LeftOutKind } from "./left-out.js";
import { tooLarge } from "./left-out.js";
import { joinList, splitList, type TreeReader } from "./list-candidates.js";
import type { PathCheck } from "./protected-paths.js";

/** The rules for the tree that is committed. */
export interface OutputPolicy {
  readonly isProtected: PathCheck;
  /** Maximum number of files. */
  readonly maxFiles: number;
  /** Maximum size of one file, in bytes: a larger one stays out, unless it was as large before. */
  readonly maxFileBytes: number;
  /** Maximum size of all files, in bytes. */
  readonly maxBytes: number;
  /** Texts that no blob and no name may hold. */
  readonly secrets: readonly string[];
}

/** A tree that keeps every rule. */
export interface JudgedTree {
  readonly id: string;
  /** The entries that were held back, by paths as bytes in Latin-1. */
  readonly heldBack: LeftOut;
  /** Files that the change makes executable. */
  readonly executable: readonly string[];
}

/** One entry that differs between the base and the staged tree. */
interface Change {
  readonly from: Entry | null;
  readonly to: Entry | null;
}

interface Entry {
  readonly path: string;
  readonly mode: string;
  readonly blob: string;
}

/** Rounds until no entry is held back: an entry that goes back to the base may take others with it. */
const maxRounds = 5;

/**
 * Writes the tree of the private index after taking back whatever breaks a rule. Everything is read from the objects that
 * are committed, none of which can change any more: what happens in the agent's tree meanwhile has no part in it. A tree is
 * returned only after a round in which nothing had to be taken back.
 *
 * @throws AgentBotError `CHANGE_TOO_LARGE`, `CHANGE_HOLDS_SECRET`, `GIT_FAILED` (not retryable)
 */
export async function writeJudgedTree(
  reader: TreeReader,
  baseCommit: string,
  policy: OutputPolicy,
  contents: Iterable<string>,
): Promise<JudgedTree> {
  const heldBack: Partial<Record<LeftOutKind, string[]>> = {};
  for (let round = 0; round < maxRounds; round += 1) {
    const id = (await runGit(reader, ["write-tree"])).toString("utf8").trim();
    const changes = await listChanges(reader, baseCommit, id);
    const sizes = await readSizes(reader, changes);
    const judged = changes.map((change) => ({ change, kind: judge(change, policy, sizes) }));
    const refused = judged.flatMap(({ change, kind }) => (kind === null ? [] : [{ change, kind }]));
    if (refused.length === 0) {
      const written = changes.flatMap(({ to }) => (to === null ? [] : [to]));
      checkLimits(changes.length, written, policy, sizes);
      await refuseSecrets(reader, { changes, contents, secrets: policy.secrets, sizes });
      const executable = changes.filter(isNewlyExecutable).map(({ to }) => to?.path ?? "");
      return { id, heldBack, executable };
    }
    for (const { change, kind } of refused) heldBack[kind] = [...(heldBack[kind] ?? []), ...pathsOf(change)];
    await takeBack(
      reader,
      refused.map(({ change }) => change),
    );
  }
  throw new AgentBotError("GIT_FAILED", "The agent's change could not be brought into a form that may be published", {
    isRetryable: false,
  });
}

/** A rename without an edit is one change with two paths, so that the file is not lost if one of them is held back. */
async function listChanges(reader: TreeReader, baseCommit: string, tree: string): Promise<readonly Change[]> {
  const words = ["diff-tree", "-r", "-z", "--raw", "--no-abbrev", "--find-renames=100%", "--end-of-options"];
  const fields = splitList(await runGit(reader, [...words, baseCommit, tree]));
  const changes: Change[] = [];
  for (let index = 0; index < fields.length; ) {
    const [oldMode = "", mode = "", oldBlob = "", blob = "", status = ""] = (fields[index] ?? "").slice(1).split(" ");
    const path = fields[index + 1] ?? "";
    const isRename = status.startsWith("R");
    const newPath = isRename ? (fields[index + 2] ?? "") : path;
    changes.push({
      from: isNothing(oldMode) ? null : { path, mode: oldMode, blob: oldBlob },
      to: isNothing(mode) ? null : { path: newPath, mode, blob },
    });
    index += isRename ? 3 : 2;
  }
  return changes;
}

/** Both paths of a rename; else the one path. */
function pathsOf({ from, to }: Change): readonly string[] {
  return [...new Set([from, to].flatMap((entry) => (entry === null ? [] : [entry.path])))];
}

function isNothing(mode: string): boolean {
  return mode === "000000";
}

function judge({ from, to }: Change, policy: OutputPolicy, sizes: ReadonlyMap<string, number>): LeftOutKind | null {
  if (pathsOf({ from, to }).some(policy.isProtected)) return "protectedFiles";
  if (to?.mode === "120000") return "symbolicLinks";
  // A submodule goes together with its entry in the list of submodules.
  if (to?.mode === "160000" || (from?.mode === "160000" && policy.isProtected(".gitmodules"))) return "submodules";
  const sizeOf = (entry: Entry | null): number => (entry === null ? 0 : (sizes.get(entry.blob) ?? 0));
  if (sizeOf(to) > policy.maxFileBytes && sizeOf(from) <= policy.maxFileBytes) return "largeFiles";
  return null;
}

function isNewlyExecutable({ from, to }: Change): boolean {
  return to?.mode === "100755" && from?.mode !== "100755";
}

function checkLimits(
  count: number,
  written: readonly Entry[],
  { maxFiles, maxBytes }: OutputPolicy,
  sizes: ReadonlyMap<string, number>,
): void {
  if (count > maxFiles) throw tooLarge(`${count} files, and at most ${maxFiles} are published`);
  const bytes = written.reduce((sum, { blob }) => sum + (sizes.get(blob) ?? 0), 0);
  if (bytes > maxBytes) throw tooLarge(`files of ${bytes} bytes, and at most ${maxBytes} are published`);
}

/** Sets the entries of changes to those of the base. */
async function takeBack(reader: TreeReader, changes: readonly Change[]): Promise<void> {
  const removed = changes.flatMap(({ to }) => (to === null ? [] : [`0 ${"0".repeat(40)}\t${to.path}`]));
  const restored = changes.flatMap(({ from }) => (from === null ? [] : [`${from.mode} ${from.blob}\t${from.path}`]));
  const words = ["update-index", "--add", "--replace", "-z", "--index-info"];
  await runGit(reader, words, joinList([...removed, ...restored]));
}

/** The size of every blob of the changes, on both sides. */
async function readSizes(reader: TreeReader, changes: readonly Change[]): Promise<ReadonlyMap<string, number>> {
  const entries = changes.flatMap(({ from, to }) => [from, to].filter((entry) => entry !== null));
  const blobs = [...new Set(entries.filter(({ mode }) => mode !== "160000").map(({ blob }) => blob))];
  return new Map(await sizesOf(reader, blobs));
}

async function sizesOf(reader: TreeReader, blobs: readonly string[]): Promise<readonly (readonly [string, number])[]> {
  if (blobs.length === 0) return [];
  const words = ["cat-file", "--batch-check=%(objectsize)"];
  const sizes = (await runGit(reader, words, `${blobs.join("\n")}\n`)).toString("utf8").split("\n");
  return blobs.map((blob, index) => [blob, Number(sizes[index])] as const);
}

/** A change that is searched for secrets. */
interface SecretSearch {
  readonly changes: readonly Change[];
  /** Blobs that are published beside the tree: the contents of large files. */
  readonly contents: Iterable<string>;
  readonly secrets: readonly string[];
  readonly sizes: ReadonlyMap<string, number>;
}

/** Bytes of blobs that one command reads, so that few are held at a time. */
const batchBytes = 16 * 1024 * 1024;

/**
 * Refuses a change that holds a secret of this process, which an agent may have found by chance or on request. All of it:
 * a secret in one file speaks against the others too.
 *
 * @throws AgentBotError `CHANGE_HOLDS_SECRET`; the message names no file, since a name may hold the secret
 */
async function refuseSecrets(reader: TreeReader, { changes, contents, secrets, sizes }: SecretSearch): Promise<void> {
  if (secrets.length === 0) return;
  const holdsSecret = createSecretCheck(secrets);
  const check = (bytes: Uint8Array): void => {
    if (!holdsSecret(bytes)) return;
    throw new AgentBotError("CHANGE_HOLDS_SECRET", "The agent's change holds a secret of this process");
  };
  const written = changes.flatMap(({ to }) => (to === null ? [] : [to]));
  for (const { path } of written) check(Buffer.from(path, "latin1"));
  const own = written.map(({ blob }) => [blob, sizes.get(blob) ?? 0] as const);
  let batch: string[] = [];
  let bytes = 0;
  for (const [blob, size] of new Map([...own, ...(await sizesOf(reader, [...contents]))])) {
    if (batch.length > 0 && bytes + size > batchBytes) {
      check(await readBlobs(reader, batch, bytes));
      [batch, bytes] = [[], 0];
    }
    batch.push(blob);
    bytes += size;
  }
  if (batch.length > 0) check(await readBlobs(reader, batch, bytes));
}

/** Reads blobs, each after a line with its id. */
async function readBlobs(reader: TreeReader, blobs: readonly string[], bytes: number): Promise<Buffer> {
  const maxOutputBytes = bytes + blobs.length * 100;
  return await runGit(reader, ["cat-file", "--batch"], `${blobs.join("\n")}\n`, maxOutputBytes);
}

async function runGit(
  { git, gitDirectory, indexFile, signal }: TreeReader,
  words: readonly string[],
  input: string | Uint8Array = "",
  maxOutputBytes = 64 * 1024 * 1024,
): Promise<Buffer> {
  const command = { action: "Checking the agent's change", arguments: words, gitDirectory, indexFile, signal };
  return await git.run({ ...command, input, maxOutputBytes });
}
