import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Sandbox, SandboxedCommand } from "../ports/sandbox.js";
import { type ProcessResult, runProcess } from "../process/index.js";
import type { ContractCase, ContractOptions } from "./contract.js";
import { type ContractClause, contractCases } from "./contract-cases.js";

/** What every {@link Sandbox} promises. Capability `isolation`: what is not given can't be seen or written. */
export function sandboxContract(options: ContractOptions<Sandbox>): readonly ContractCase[] {
  return contractCases("sandbox", options, clauses);
}

const clauses: readonly ContractClause<Sandbox>[] = [
  {
    name: "says whether it can start, and has a name",
    async check(sandbox) {
      assert.match(sandbox.name, /^[a-z][a-z0-9-]*$/);
      assert.deepEqual(await sandbox.check(new AbortController().signal), { status: "ready" });
    },
  },
  {
    name: "wrapping is pure: the command stays as it was",
    async check(sandbox) {
      await inDirectory(async (directory) => {
        const command = Object.freeze(commandOf(directory, ""));
        assert.deepEqual(wrap(sandbox, command), wrap(sandbox, command));
        assert.deepEqual(command, commandOf(directory, ""));
      });
    },
  },
  {
    name: "the program gets its words and its environment unchanged",
    async check(sandbox) {
      await inDirectory(async (directory) => {
        const words = ["a b", "$(id)", "--flag", "é"];
        const script = "console.log(JSON.stringify([process.argv.slice(1), process.env.GIVEN]))";
        const { lines, result } = await run(sandbox, commandOf(directory, script, words));
        assert.equal(result.exitCode, 0, result.stderrTail);
        assert.deepEqual(JSON.parse(lines[0] ?? ""), [words, "given"]);
      });
    },
  },
  {
    name: "the program works in its directory and can write there, and its exit code comes through",
    async check(sandbox) {
      await inDirectory(async (directory) => {
        const { result } = await run(
          sandbox,
          commandOf(directory, "fs.writeFileSync('made.txt', 'x'); process.exit(7)"),
        );
        assert.equal(result.exitCode, 7, result.stderrTail);
        assert.equal(await readFile(join(directory, "made.txt"), "utf8"), "x");
      });
    },
  },
  {
    name: "a directory that was not given can neither be read nor written",
    capability: "isolation",
    async check(sandbox) {
      await inDirectory(async (outside) => {
        await writeFile(join(outside, "secret.txt"), "canary");
        await inDirectory(async (directory) => {
          const script = `
            const outside = ${JSON.stringify(outside)};
            try { console.log(fs.readFileSync(outside + "/secret.txt", "utf8")) } catch { console.log("hidden") }
            try { fs.writeFileSync(outside + "/planted.txt", "x") } catch {}`;
          const { lines, result } = await run(sandbox, commandOf(directory, script));
          assert.equal(result.exitCode, 0, result.stderrTail);
          assert.deepEqual(lines, ["hidden"]);
        });
        assert.deepEqual(await readdir(outside), ["secret.txt"]);
      });
    },
  },
];

function commandOf(directory: string, script: string, words: readonly string[] = []): SandboxedCommand {
  return {
    program: process.execPath,
    arguments: ["-e", script, "--", ...words],
    directory,
    environment: { PATH: "/usr/bin:/bin", GIVEN: "given" },
  };
}

function wrap(sandbox: Sandbox, command: SandboxedCommand): SandboxedCommand {
  return sandbox.wrap(command, { writableDirectories: [command.directory] });
}

async function run(
  sandbox: Sandbox,
  command: SandboxedCommand,
): Promise<{ readonly lines: readonly string[]; readonly result: ProcessResult }> {
  const lines: string[] = [];
  const result = await runProcess({
    ...wrap(sandbox, command),
    signal: new AbortController().signal,
    timeoutMs: 30_000,
    onLine: (line) => {
      lines.push(line);
    },
  });
  return { lines, result };
}

async function inDirectory(work: (directory: string) => Promise<void>): Promise<void> {
  const directory = await realpath(await mkdtemp(join(tmpdir(), "agentbot-sandbox-")));
  try {
    await work(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
