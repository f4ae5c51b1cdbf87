import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { runProcess } from "@agentbot/core/process";
import { build, type Plugin } from "esbuild";

/** A program that another process can run without a build of the workspace. */
export interface BundledProgram {
  /** The file to run with Node.js. */
  readonly path: string;
  /** Removes it and the programs bundled with it. */
  remove(): Promise<void>;
}

/**
 * Bundles TypeScript programs from the sources, so that a stale build can never turn a test green. The bundles share the
 * code that they have in common, and lie in the folder `.build` of the package of the first program, where they find its
 * installed packages.
 *
 * @example
 * const program = await bundleProgram(new URL("./fixtures/hold-lock.ts", import.meta.url));
 * spawn(process.execPath, [program.path]);
 * await program.remove();
 */
export async function bundleProgram(program: URL): Promise<BundledProgram> {
  const [bundled] = await bundlePrograms(program);
  if (!bundled) throw new Error(`${program.href} was not bundled`);
  return bundled;
}

/** Like {@link bundleProgram}, for several programs; the result has their order. */
export async function bundlePrograms(...programs: readonly URL[]): Promise<readonly BundledProgram[]> {
  const entryPoints = programs.map((program) => fileURLToPath(program));
  const builds = join(packageFolderOf(entryPoints[0] ?? ""), ".build");
  await mkdir(builds, { recursive: true });
  const directory = await mkdtemp(join(builds, "program-"));
  await build({
    entryPoints,
    outdir: directory,
    entryNames: "[name]",
    bundle: true,
    splitting: true,
    platform: "node",
    format: "esm",
    target: "node20",
    outExtension: { ".js": ".mjs" },
    conditions: ["agentbot-source"],
    plugins: [installedPackages],
    logLevel: "silent",
  });
  return entryPoints.map((entry) => ({
    path: join(directory, basename(entry).replace(/\.ts$/, ".mjs")),
    remove: () => rm(directory, { recursive: true, force: true }),
  }));
}

/** Leaves the packages of others to be imported at run time. */
const installedPackages: Plugin = {
  name: "installed-packages",
  setup(context) {
    context.onResolve({ filter: /^[^./]/ }, ({ path }) =>
      path.startsWith("@agentbot/") ? null : { path, external: true },
    );
  },
};

function packageFolderOf(file: string): string {
  let folder = dirname(file);
  while (!existsSync(join(folder, "package.json"))) folder = dirname(folder);
  return folder;
}

/**
 * The words before a command that run it in a PID namespace of its own with its own `/proc`, as in a container of its own:
 * its processes have other numbers inside than outside. SIGKILL to `unshare` ends everything inside.
 */
const unshare = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"] as const;

/**
 * Returns the words that run a command in a PID namespace of its own, or null where that is not allowed (it needs root) or not
 * possible (it needs Linux and util-linux).
 *
 * @example
 * const words = await inPidNamespace();
 * test.runIf(words)("is judged right over containers", () => spawn(words[0], [...words.slice(1), process.execPath, …]));
 */
export async function inPidNamespace(): Promise<readonly string[] | null> {
  const [program, ...words] = unshare;
  const { exitCode } = await runProcess({
    ...{ program, arguments: [...words, "true"], directory: "/" },
    environment: { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" },
    signal: new AbortController().signal,
  });
  return exitCode === 0 ? unshare : null;
}
