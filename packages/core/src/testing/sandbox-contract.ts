import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LaunchResult } from "../ports/launch.js";
import type { OpenSandbox, Sandbox, SandboxRequest } from "../ports/sandbox.js";
import { createLaunch } from "../process/create-launch.js";
import type { ContractCase, ContractOptions } from "./contract.js";
import { type ContractClause, contractCases } from "./contract-cases.js";

/**
 * The contract of the port {@link Sandbox}. Capabilities that may be lacking: `isolation` (what a request does not give access
 * to can be neither read nor written) and `network` (`network: "none"` has none).
 */
export function sandboxContract(options: ContractOptions<Sandbox>): readonly ContractCase[] {
  return contractCases("sandbox", options, clauses);
}

const { signal } = new AbortController();

/** The directories of a run: `outside` is beside them, and nothing gives access to it. */
interface Directories {
  readonly workspace: string;
  readonly home: string;
  readonly shared: string;
  readonly outside: string;
}

/** Opens the sandbox on directories of its own, and removes both after the check. */
async function inSandbox(
  sandbox: Sandbox,
  check: (open: OpenSandbox, directories: Directories) => Promise<void>,
  network: SandboxRequest["network"] = "none",
): Promise<void> {
  const root = await realpath(await mkdtemp(join(tmpdir(), "agentbot-sandbox-")));
  const at = (name: string): string => join(root, name);
  const directories = { workspace: at("workspace"), home: at("home"), shared: at("shared"), outside: at("outside") };
  try {
    for (const directory of Object.values(directories)) await mkdir(directory);
    const { workspace, home, shared } = directories;
    const open = await sandbox.open({ workspace, home, readOnly: [shared], network }, { signal });
    try {
      await check(open, directories);
    } finally {
      await open.dispose();
    }
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

/** Runs a Node script inside; `fs`, `net` and the like are there as in `node -e`. */
async function run(
  sandbox: OpenSandbox,
  { workspace }: Directories,
  script: string,
  words: readonly string[] = [],
): Promise<{ readonly lines: readonly string[]; readonly result: LaunchResult }> {
  const lines: string[] = [];
  const result = await createLaunch({ sandbox, directory: workspace })({
    ...commandOf(script, words),
    signal,
    timeoutMs: 30_000,
    onLine: (line) => {
      lines.push(line);
    },
  });
  return { lines, result };
}

const commandOf = (script: string, words: readonly string[] = []) => ({
  program: process.execPath,
  arguments: ["-e", script, "--", ...words],
  environment: { PATH: "/usr/bin:/bin", GIVEN: "given" },
});

/** A script that prints whether it can read, and whether it can write, each of the paths it is given. */
const probe = `
  for (const path of process.argv.slice(1)) {
    let isReadable = true, isWritable = true;
    try { fs.readdirSync(path) } catch { isReadable = false }
    try { fs.writeFileSync(path + "/planted.txt", "x") } catch { isWritable = false }
    console.log(JSON.stringify({ isReadable, isWritable }));
  }`;

const clauses: readonly ContractClause<Sandbox>[] = [
  {
    name: "has a name and can start",
    async check(sandbox) {
      assert.match(sandbox.name, /^[a-z][a-z0-9-]*$/);
      assert.deepEqual(await sandbox.check({ signal }), { status: "ready" });
    },
  },
  {
    name: "command is pure: it starts nothing and leaves its argument as it was",
    check: (sandbox) =>
      inSandbox(sandbox, async (open, { workspace }) => {
        const command = Object.freeze({ ...commandOf("fs.writeFileSync('made.txt', 'x')"), directory: workspace });
        assert.deepEqual(open.command(command), open.command(command));
        assert.deepEqual(command, { ...commandOf("fs.writeFileSync('made.txt', 'x')"), directory: workspace });
        assert.deepEqual(await readdir(workspace), []);
      }),
  },
  {
    name: "a program gets its words and its environment unchanged",
    check: (sandbox) =>
      inSandbox(sandbox, async (open, directories) => {
        const words = ["a b", "$(id)", "--flag", "é"];
        const script = "console.log(JSON.stringify([process.argv.slice(1), process.env.GIVEN]))";
        const { lines, result } = await run(open, directories, script, words);
        assert.equal(result.exitCode, 0, result.stderrTail);
        assert.deepEqual(JSON.parse(lines[0] ?? ""), [words, "given"]);
      }),
  },
  {
    name: "every program has the sandbox's own variables, and nothing of the worker's",
    check: (sandbox) =>
      inSandbox(sandbox, async (open, directories) => {
        const { lines, result } = await run(open, directories, "console.log(JSON.stringify(process.env))");
        assert.equal(result.exitCode, 0, result.stderrTail);
        const seen = JSON.parse(lines[0] ?? "{}");
        for (const [name, value] of Object.entries(open.environment)) assert.equal(seen[name], value, name);
        const known = new Set(["PATH", "GIVEN", "PWD", "OLDPWD", "SHLVL", "_", ...Object.keys(open.environment)]);
        const inherited = Object.keys(seen).filter((name) => !known.has(name) && !name.startsWith("AGENTBOT_"));
        assert.deepEqual(inherited, [], "variables that nothing gave");
      }),
  },
  {
    name: "a program works in the workspace and can write there, and its exit code comes through",
    check: (sandbox) =>
      inSandbox(sandbox, async (open, directories) => {
        const script = "fs.writeFileSync('made.txt', process.cwd()); process.exit(7)";
        const { result } = await run(open, directories, script);
        assert.equal(result.exitCode, 7, result.stderrTail);
        const { workspace } = directories;
        assert.equal(await readFile(join(workspace, "made.txt"), "utf8"), open.pathOf(workspace));
      }),
  },
  {
    name: "pathOf returns where a program finds what the request gave access to",
    check: (sandbox) =>
      inSandbox(sandbox, async (open, directories) => {
        const { workspace, home, shared } = directories;
        const files = [workspace, home, shared].map((directory) => join(directory, "some/file.txt"));
        for (const file of files) {
          await mkdir(join(file, ".."));
          await writeFile(file, file);
        }
        const script = "for (const path of process.argv.slice(1)) console.log(fs.readFileSync(path, 'utf8'))";
        const { lines, result } = await run(open, directories, script, files.map(open.pathOf));
        assert.equal(result.exitCode, 0, result.stderrTail);
        assert.deepEqual(lines, files);
      }),
  },
  {
    name: "what a program writes to its home stays there for the next sandbox",
    check: (sandbox) =>
      inSandbox(sandbox, async (open, directories) => {
        const { workspace, home } = directories;
        const written = await run(open, directories, "fs.writeFileSync(process.argv[1] + '/session', 'x')", [
          open.pathOf(home),
        ]);
        assert.equal(written.result.exitCode, 0, written.result.stderrTail);
        await open.dispose();
        const next = await sandbox.open({ workspace, home, readOnly: [], network: "none" }, { signal });
        const script = "console.log(fs.readFileSync(process.argv[1] + '/session', 'utf8'))";
        const { lines } = await run(next, directories, script, [next.pathOf(home)]);
        assert.deepEqual(lines, ["x"]);
        await next.dispose();
      }),
  },
  {
    name: "dispose is harmless when repeated, and leaves workspace and home",
    check: (sandbox) =>
      inSandbox(sandbox, async (open, { workspace, home }) => {
        await writeFile(join(workspace, "made.txt"), "x");
        await Promise.all([open.dispose(), open.dispose()]);
        await open.dispose();
        assert.deepEqual(await readdir(workspace), ["made.txt"]);
        assert.deepEqual(await readdir(home), []);
      }),
  },
  {
    name: "a directory that was not given can neither be read nor written, and a read-only one not be written",
    capability: "isolation",
    check: (sandbox) =>
      inSandbox(sandbox, async (open, directories) => {
        const { workspace, home, shared, outside } = directories;
        const paths = [open.pathOf(workspace), open.pathOf(home), open.pathOf(shared), outside];
        const { lines, result } = await run(open, directories, probe, paths);
        assert.equal(result.exitCode, 0, result.stderrTail);
        const [first, second, third, fourth] = lines.map((line) => JSON.parse(line));
        assert.deepEqual([first, second], Array(2).fill({ isReadable: true, isWritable: true }));
        assert.deepEqual(third, { isReadable: true, isWritable: false });
        assert.equal(fourth.isReadable, false);
        assert.deepEqual(await readdir(outside), []);
        assert.deepEqual(await readdir(shared), []);
      }),
  },
  {
    name: "the network of the machine is reached only by a request that asked for it",
    capability: "network",
    check: async (sandbox) => {
      const server = createServer((socket) => socket.end());
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const address = server.address();
      const port = typeof address === "object" ? String(address?.port) : "";
      const script = `
        net.connect(Number(process.argv[1]), "127.0.0.1")
          .on("connect", () => { console.log("reached"); process.exit() })
          .on("error", () => { console.log("unreachable"); process.exit() })`;
      try {
        for (const [network, expected] of [
          ["host", "reached"],
          ["none", "unreachable"],
        ] as const) {
          const check = async (open: OpenSandbox, directories: Directories): Promise<void> => {
            const { lines } = await run(open, directories, script, [port]);
            assert.deepEqual(lines, [expected]);
          };
          await inSandbox(sandbox, check, network);
        }
      } finally {
        server.close();
      }
    },
  },
];
