import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gitForTests } from "./git-for-tests.js";

/** A file of a commit: its content, or with a mode; null removes it. */
export type SeedFile =
  | string
  | Uint8Array
  | null
  | {
      /** `100755` executable, `120000` symbolic link (content is the target), `160000` submodule (content is a commit). */
      readonly mode: "100644" | "100755" | "120000" | "160000";
      readonly content: string | Uint8Array;
    };

/** A commit for {@link commitFiles}. */
export interface SeedCommit {
  /** The short name of the branch; made if it does not exist. @defaultValue `main` */
  readonly branch?: string;
  /** @defaultValue `Add files` */
  readonly message?: string;
  /** The files by path. */
  readonly files: Readonly<Record<string, SeedFile>>;
  /** @defaultValue the first second of 2026 */
  readonly at?: Date;
  /** Starts a history of its own instead of building on the branch. @defaultValue false */
  readonly isRoot?: boolean;
}

/** Adds a commit to a branch of a bare repository and returns its id. */
export async function commitFiles(repositoryDirectory: string, commit: SeedCommit): Promise<string> {
  const ref = `refs/heads/${commit.branch ?? "main"}`;
  const parent = await headOf(repositoryDirectory, ref);
  const seconds = Math.floor((commit.at ?? new Date("2026-01-01T00:00:00Z")).getTime() / 1_000);
  const stream = [
    `commit ${ref}\nmark :1\ncommitter Seed <seed@example.invalid> ${seconds} +0000\n`,
    data(commit.message ?? "Add files"),
    parent === "" || commit.isRoot ? "" : `from ${parent}\n`,
    ...Object.entries(commit.files).flatMap(([path, file]) => fileChange(path, file)),
    "get-mark :1\n",
  ];
  const input = Buffer.concat(stream.map((part) => (typeof part === "string" ? Buffer.from(part) : part)));
  const words = ["fast-import", "--quiet", "--force", "--cat-blob-fd=1"];
  return (await gitForTests(repositoryDirectory, words, input)).toString("utf8").trim();
}

/** Returns the commit of a branch, or an empty text. A loose ref is read without a process. */
async function headOf(repositoryDirectory: string, ref: string): Promise<string> {
  const loose = await readFile(join(repositoryDirectory, ref), "utf8").catch(() => "");
  if (loose !== "") return loose.trim();
  const listed = await gitForTests(repositoryDirectory, ["for-each-ref", "--format=%(objectname)", ref]);
  return listed.toString("utf8").trim();
}

function fileChange(path: string, file: SeedFile): (string | Buffer)[] {
  const name = `"${path.replace(/[\\"]/g, "\\$&").replaceAll("\n", "\\n")}"`;
  if (file === null) return [`D ${name}\n`];
  const isPlain = typeof file === "string" || file instanceof Uint8Array;
  const { mode, content } = isPlain ? { mode: "100644", content: file } : file;
  if (mode === "160000") return [`M ${mode} ${String(content)} ${name}\n`];
  return [`M ${mode} inline ${name}\n`, data(content)];
}

function data(content: string | Uint8Array): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([Buffer.from(`data ${bytes.length}\n`), bytes, Buffer.from("\n")]);
}
