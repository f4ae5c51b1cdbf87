import { createHash } from "node:crypto";
import { AgentBotError } from "@agentbot/core";
import type { LfsObject, LfsServer, LfsVerdict } from "../lfs-server.js";
import type { LeftOut } from "./left-out.js";
import { joinList, splitList, type TreeReader } from "./list-candidates.js";
import { readRegularFile } from "./scan-changes.js";

/** Large files in the index as pointers, and the contents that have to be uploaded before the commit is published. */
export interface StagedLargeFiles {
  /** The blobs of the contents, by oid: what the server has already is not among them. */
  readonly contents: ReadonlyMap<string, string>;
  readonly leftOut: LeftOut;
  /** The words with which the server refused files, or null. */
  readonly answer: string | null;
}

/** A file of the tree that Git LFS keeps. */
interface LargeFile extends LfsObject {
  readonly path: string;
  readonly mode: string;
  /** The blob of the pointer; of the file itself where that is empty, since an empty file has no pointer. */
  readonly pointer: string;
  /** The blob of the content; null where the tree has a pointer alone. */
  readonly content: string | null;
}

// git-lfs docs/spec.md; the older address is that of its first versions.
const pointerPattern =
  /^version https:\/\/(?:git-lfs\.github\.com\/spec|hawser\.github\.com\/spec)\/v1\n(?:ext-\d-.*\n)*oid sha256:([0-9a-f]{64})\nsize (\d{1,15})\n?$/;
const maxPointerBytes = 1024;

/**
 * Stages files whose attributes choose Git LFS: the pointer in the index, the content as a blob beside the change. It needs
 * no git-lfs on the machine, and runs no program that the repository names. Files that the server would not take are left
 * out here, before the work is lost for them; a server that cannot be reached now takes them when the change is published.
 */
export async function stageLargeFiles(
  reader: TreeReader,
  paths: readonly string[],
  server: LfsServer,
): Promise<StagedLargeFiles> {
  if (await isKeptElsewhere(reader, server))
    return { contents: new Map(), leftOut: { lfsElsewhere: paths }, answer: null };
  const files: LargeFile[] = [];
  for (const path of paths) {
    const file = await readLargeFile(reader, path);
    if (file !== null) files.push(file);
  }
  const { verdicts, answer } = await judge(files, server);
  const left = { lfsRefused: [] as string[], lfsMissing: [] as string[] };
  const staged = files.filter(({ path, oid, content, size }) => {
    const { status } = (size === 0 ? undefined : verdicts.get(oid)) ?? { status: "unknown" };
    if (status === "refused") left.lfsRefused.push(path);
    else if (status === "wanted" && content === null) left.lfsMissing.push(path);
    else return true;
    return false;
  });
  await runGit(reader, ["update-index", "-z", "--index-info"], joinList(staged.map(indexEntry)));
  const contents = new Map<string, string>();
  for (const { oid, content, size } of staged) {
    if (content !== null && size > 0 && verdicts.get(oid)?.status !== "present") contents.set(oid, content);
  }
  return { contents, leftOut: left, answer };
}

/**
 * Makes a commit of the contents, named by their oids, so that a checkpoint's bundle can hold them. It is never pushed.
 *
 * @returns its id
 */
export async function commitContents(
  reader: TreeReader,
  contents: ReadonlyMap<string, string>,
  environment: Readonly<Record<string, string>>,
): Promise<string> {
  const entries = [...contents].map(([oid, blob]) => `100644 blob ${blob}\t${oid}`);
  const tree = await runGit(reader, ["mktree", "-z"], joinList(entries));
  return await runGit(reader, ["commit-tree", tree, "-m", "Contents of large files"], "", environment);
}

/** Uploads the contents of a commit that {@link commitContents} made; those that the server has already are skipped. */
export async function uploadContents(
  { git, gitDirectory, signal }: Pick<TreeReader, "git" | "gitDirectory" | "signal">,
  contents: readonly (LfsObject & { readonly blob: string })[],
  server: LfsServer,
): Promise<void> {
  const verdicts = await server.requestUploads(contents.map(({ oid, size }) => ({ oid, size })));
  for (const { oid, size, blob } of contents) {
    const verdict = verdicts.get(oid);
    if (verdict?.status === "refused") {
      const answer = `Git LFS: ${verdict.answer}`;
      throw new AgentBotError("PUSH_REFUSED", `A large file was refused: ${answer}`, { details: { answer } });
    }
    if (verdict?.status !== "wanted") continue;
    const content = await git.run({
      action: "Reading a large file",
      arguments: ["cat-file", "blob", blob],
      ...{ gitDirectory, signal },
      maxOutputBytes: size + 1,
    });
    await server.upload({ oid, size }, verdict, content);
  }
}

/** True if the commit would name another Git LFS server: clones look for the contents there, where the bot has no account. */
async function isKeptElsewhere(
  { git, gitDirectory, indexFile, signal }: TreeReader,
  { url }: LfsServer,
): Promise<boolean> {
  const keys = "^(lfs\\.(url|pushurl)|remote\\..*\\.lfs(push)?url)$";
  const words = ["config", "--blob", ":.lfsconfig", "--no-includes", "-z", "--get-regexp", keys];
  const action = "Reading the address of Git LFS";
  const end = await git.attempt({ action, arguments: words, gitDirectory, indexFile, signal });
  const addresses = splitList(end.stdout).map((entry) => entry.slice(entry.indexOf("\n") + 1));
  return addresses.some((address) => address.replace(/\/+$/, "") !== url);
}

async function readLargeFile(reader: TreeReader, path: string): Promise<LargeFile | null> {
  const file = await readRegularFile(reader.tree, path);
  if (file === null) return null;
  const { content, mode } = file;
  const [, oid = "", size = ""] =
    content.length > maxPointerBytes ? [] : (pointerPattern.exec(content.toString("utf8")) ?? []);
  const blob = await writeBlob(reader, content);
  if (oid !== "") return { path, mode, oid, size: Number(size), pointer: blob, content: null };
  const hash = createHash("sha256").update(content).digest("hex");
  const own = { path, mode, oid: hash, size: content.length, content: blob };
  return { ...own, pointer: content.length === 0 ? blob : await writeBlob(reader, pointerTo(own)) };
}

function pointerTo({ oid, size }: LfsObject): Buffer {
  return Buffer.from(`version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize ${size}\n`);
}

function indexEntry({ mode, pointer, path }: LargeFile): string {
  return `${mode} ${pointer}\t${path}`;
}

/** Requests the uploads without making any. Without an answer there are no verdicts. */
async function judge(
  files: readonly LargeFile[],
  server: LfsServer,
): Promise<{ readonly verdicts: ReadonlyMap<string, LfsVerdict>; readonly answer: string | null }> {
  const objects = new Map(files.filter(({ size }) => size > 0).map(({ oid, size }) => [oid, { oid, size }]));
  try {
    const verdicts = await server.requestUploads([...objects.values()]);
    const refused = [...verdicts.values()].find((verdict) => verdict.status === "refused");
    return { verdicts, answer: refused?.answer ?? null };
  } catch (error) {
    if (!AgentBotError.isInstance(error)) throw error;
    if (error.code !== "PUSH_REFUSED") return { verdicts: new Map(), answer: null };
    const answer = String(error.details["answer"]);
    return { verdicts: new Map([...objects.keys()].map((oid) => [oid, { status: "refused", answer }])), answer };
  }
}

async function writeBlob(reader: TreeReader, content: Uint8Array): Promise<string> {
  return await runGit(reader, ["hash-object", "-w", "--stdin"], content);
}

async function runGit(
  { git, gitDirectory, indexFile, signal }: TreeReader,
  words: readonly string[],
  input: string | Uint8Array,
  environment: Readonly<Record<string, string>> = {},
): Promise<string> {
  const command = {
    action: "Staging large files",
    arguments: words,
    gitDirectory,
    indexFile,
    environment,
    input,
    signal,
  };
  return (await git.run(command)).toString("utf8").trim();
}
