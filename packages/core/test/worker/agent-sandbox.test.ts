import { describe, expect, test } from "vitest";
import type { AgentRunner } from "../../src/ports/agent-runner.js";
import type { CodeIndexer } from "../../src/ports/code-indexer.js";
import type { Sandbox, SandboxRequest } from "../../src/ports/sandbox.js";
import { noUsage } from "../../src/task/agent-outcome.js";
import { createBench } from "./fixtures/create-bench.js";

/** A sandbox that shows the host's paths under `/inside`, and records what is opened and disposed of. */
function createRecordingSandbox() {
  const opened: SandboxRequest[] = [];
  const disposed: string[] = [];
  const sandbox: Sandbox = {
    name: "recording",
    check: async () => ({ status: "ready" }),
    async open(request) {
      opened.push(request);
      return {
        pathOf: (hostPath) => `/inside${hostPath}`,
        command: (command) => command,
        environment: { HOME: "/inside/home" },
        dispose: async () => void disposed.push(request.workspace),
      };
    },
  };
  return { sandbox, opened, disposed };
}

describe("the sandbox of a run", () => {
  test("is opened around the work tree, and disposed of before the task is settled", async () => {
    const { sandbox, opened, disposed } = createRecordingSandbox();
    const bench = await createBench({ script: async () => undefined });
    const taskId = await bench.ask();
    await bench.startWorker({ sandbox });
    await bench.ended(taskId);
    const [job] = bench.agent.jobs;
    expect(opened).toMatchObject([{ readOnly: [], network: "host" }]);
    expect(job?.directory).toBe(`/inside${opened[0]?.workspace}`);
    expect(job?.home).toEqual({ hostDirectory: opened[0]?.home, directory: `/inside${opened[0]?.home}` });
    expect(disposed).toEqual([opened[0]?.workspace]);
  });

  test("has the indexer's server within reach, by the paths of the inside", async () => {
    const { sandbox, opened } = createRecordingSandbox();
    const bench = await createBench({ script: async () => undefined });
    const indexer: CodeIndexer = {
      map: async ({ cacheDirectory }) => ({
        ...{ text: "README.md", fileCount: 1 },
        mcpServer: {
          readOnly: ["/opt/code-server"],
          inside: (pathOf) => ({
            ...{ name: "code", program: pathOf("/opt/code-server/bin"), arguments: ["--stdio"] },
            environment: { INDEX: pathOf(`${cacheDirectory}/index`) },
          }),
        },
      }),
    };
    const taskId = await bench.ask();
    await bench.startWorker({ sandbox, indexer });
    await bench.ended(taskId);
    const [cacheDirectory, ...others] = opened[0]?.readOnly ?? [];
    expect(others).toEqual(["/opt/code-server"]);
    expect(bench.agent.jobs[0]?.mcpServers).toEqual([
      {
        ...{ name: "code", program: "/inside/opt/code-server/bin", arguments: ["--stdio"] },
        environment: { INDEX: `/inside${cacheDirectory}/index` },
      },
    ]);
  });

  test("runs what the agent launches in the work tree, with its environment over the agent's", async () => {
    const { sandbox, opened } = createRecordingSandbox();
    const lines: string[] = [];
    const bench = await createBench();
    const agent: AgentRunner = {
      ...{ name: "launching", credential: "held" },
      async run(_job, { launch, signal }) {
        const { end, exitCode } = await launch({
          ...{ program: "/bin/sh", arguments: ["-c", 'echo "$PWD $HOME $NAME"'], signal },
          environment: { HOME: "/root", NAME: "agent" },
          onLine: (line) => void lines.push(line),
        });
        const done = { status: "succeeded", reason: null, isRetryable: false, sessionId: null, model: null } as const;
        return { ...done, summary: `${end} ${exitCode}`, turns: 1, usage: noUsage };
      },
    };
    const taskId = await bench.ask();
    await bench.startWorker({ sandbox, agent });
    expect(await bench.ended(taskId)).toMatchObject({ status: "succeeded", result: { summary: "exited 0" } });
    expect(lines).toEqual([`${opened[0]?.workspace} /inside/home agent`]);
  });
});
