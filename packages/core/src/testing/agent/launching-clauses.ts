import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { AgentJob, AgentRunner } from "../../ports/agent-runner.js";
import type { Launch, LaunchRequest, LaunchResult } from "../../ports/launch.js";
import type { ContractClause } from "../contract-cases.js";
import { rejectsWithCode } from "../rejects-with-code.js";
import { createAgentJobFixture, launchFor } from "./agent-job-fixture.js";
import { runJob } from "./run-job.js";

const { signal } = new AbortController();

/** The texts that a program gets from its runner. */
interface Given {
  /** Visible to every process of the machine. */
  readonly words: string;
  /** Words, environment, standard input and the files of the agent's home. */
  readonly everything: string;
}

async function givenTo({ home }: AgentJob, { arguments: words, environment, stdin }: LaunchRequest): Promise<Given> {
  const entries = await readdir(home.hostDirectory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  const texts = await Promise.all(files.map((file) => readFile(file, "utf8")));
  const input = typeof stdin === "string" ? stdin : Buffer.from(stdin ?? []).toString();
  return { words: words.join("\n"), everything: [...words, ...Object.values(environment), input, ...texts].join("\n") };
}

/** Runs a job; returns what each launch gave to its program. */
async function launchesOf(runner: AgentRunner, overrides: Partial<AgentJob>): Promise<readonly Given[]> {
  const { job, dispose } = await createAgentJobFixture(overrides);
  const launches: Given[] = [];
  const launch: Launch = async (request) => {
    launches.push(await givenTo(job, request));
    return await launchFor(job)(request);
  };
  try {
    await runJob(runner, job, signal, launch);
  } finally {
    await dispose();
  }
  assert.ok(launches.length > 0, "the runner started no program by the context's launch");
  return launches;
}

const notStarted: LaunchResult = {
  end: "not-started",
  exitCode: null,
  signal: null,
  startError: { code: "ENOENT", message: "the program is missing" },
  stderrTail: "",
  droppedLines: 0,
};

/** How a runner starts its program, and what of the job the program gets. */
export const launchingClauses: readonly ContractClause<AgentRunner>[] = [
  {
    name: "it starts its program by the context's launch, which may refuse",
    capability: "launch",
    async check(runner) {
      const { job, dispose } = await createAgentJobFixture();
      try {
        await rejectsWithCode(
          runJob(runner, job, signal, async () => notStarted),
          "AGENT_UNAVAILABLE",
        );
        assert.deepEqual(await readdir(job.directory), []);
      } finally {
        await dispose();
      }
    },
  },
  {
    name: "prompt, model and allowed tools of the job reach the program",
    capability: "launch",
    async check(runner) {
      const job = { prompt: "Make the contract's change.", model: "model-of-the-job", allowedTools: ["ToolOfTheJob"] };
      const launches = await launchesOf(runner, job);
      for (const wanted of [job.prompt, job.model, ...job.allowedTools]) {
        assert.ok(
          launches.some(({ everything }) => everything.includes(wanted)),
          `"${wanted}" did not reach the program`,
        );
      }
    },
  },
  {
    name: "the prompt is not among the program's words, which every process of the machine can see",
    capability: "launch",
    async check(runner) {
      const prompt = "Make the contract's change.";
      for (const { words } of await launchesOf(runner, { prompt })) assert.ok(!words.includes(prompt));
    },
  },
  {
    name: "servers of the job reach the program",
    capability: "mcpServers",
    async check(runner) {
      const server = { name: "code-map", program: "/opt/code-map", arguments: ["--stdio"], environment: { MAP: "1" } };
      const launches = await launchesOf(runner, { mcpServers: [server] });
      for (const wanted of ["code-map", "/opt/code-map", "--stdio"]) {
        assert.ok(
          launches.some(({ everything }) => everything.includes(wanted)),
          `"${wanted}" did not reach the program`,
        );
      }
    },
  },
  {
    name: "the endpoint of the job reaches the program, its key not as a word",
    capability: "endpoint",
    async check(runner) {
      const endpoint = { baseUrl: "http://127.0.0.1:9/model", apiKey: "key-of-the-job" };
      const launches = await launchesOf(runner, { endpoint });
      for (const wanted of Object.values(endpoint)) {
        assert.ok(
          launches.some(({ everything }) => everything.includes(wanted)),
          `"${wanted}" did not reach the program`,
        );
      }
      for (const { words } of launches) assert.ok(!words.includes(endpoint.apiKey));
    },
  },
];
