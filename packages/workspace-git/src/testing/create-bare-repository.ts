import { appendFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { commitFiles, type SeedFile } from "./commit-files.js";
import { gitForTests } from "./git-for-tests.js";

/** Options of {@link createBareRepository}. */
export interface BareRepositoryDraft {
  /** The root directory of a git server. */
  readonly root: string;
  /** The path below it, such as `octocat/hello.git`. */
  readonly path: string;
  /** The files of its first commit; absent for an empty repository. */
  readonly files?: Readonly<Record<string, SeedFile>>;
  /** @defaultValue `main` */
  readonly defaultBranch?: string;
  /** The date of the first commit. @defaultValue the first second of 2026 */
  readonly at?: Date;
}

/** A bare repository. */
export interface BareRepository {
  /** The path of the repository on this machine. */
  readonly directory: string;
  /** The first commit, or null for an empty repository. */
  readonly commit: string | null;
}

const settings = "[http]\n\treceivepack = true\n[uploadpack]\n\tallowAnySHA1InWant = true\n";

/** Makes a bare repository with a first commit, as on a git server. */
export async function createBareRepository(draft: BareRepositoryDraft): Promise<BareRepository> {
  const { root, path, files, defaultBranch: branch = "main", at } = draft;
  const directory = join(root, path);
  await mkdir(directory, { recursive: true });
  await gitForTests(directory, ["init", "--quiet", "--bare", "--template=", `--initial-branch=${branch}`, directory]);
  await appendFile(join(directory, "config"), settings);
  if (files === undefined) return { directory, commit: null };
  const dated = at === undefined ? {} : { at };
  return { directory, commit: await commitFiles(directory, { branch, message: "First commit", files, ...dated }) };
}
