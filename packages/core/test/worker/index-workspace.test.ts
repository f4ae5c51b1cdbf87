import { describe, expect, test } from "vitest";
import type { CodeIndexer, CodeMapRequest } from "../../src/ports/code-indexer.js";
import { createBench } from "./fixtures/create-bench.js";

describe("the map of the repository", () => {
  test("reaches the agent, fenced as data, with the indexer's server", async () => {
    const bench = await createBench();
    const taskId = await bench.ask();
    const requests: CodeMapRequest[] = [];
    const mcpServer = { name: "code", program: "/usr/bin/code-server", arguments: [], environment: {} };
    const indexer: CodeIndexer = {
      async map(request) {
        requests.push(request);
        return { text: "README.md", fileCount: 1, mcpServer: { readOnly: [], inside: () => mcpServer } };
      },
    };
    await bench.startWorker({ indexer });
    await bench.ended(taskId);
    const [job] = bench.agent.jobs;
    expect(job?.prompt).toMatch(/# Map of the repository\n\n<untrusted-[0-9a-f]{32} source="map"/);
    expect(job?.prompt).toContain("README.md");
    expect(job?.mcpServers).toEqual([mcpServer]);
    expect(requests).toMatchObject([
      { repository: bench.acme.repository, commit: bench.remote.branches.get("main"), maxCharacters: 8000 },
    ]);
    expect(requests[0]?.gitDirectory).not.toBe(job?.directory);
  });

  test("that cannot be made costs the map, not the task", async () => {
    const bench = await createBench();
    const taskId = await bench.ask();
    const map = async (): Promise<never> => {
      throw new TypeError("a grammar is missing");
    };
    await bench.startWorker({ indexer: { map } });
    expect(await bench.ended(taskId)).toMatchObject({ status: "succeeded", attempt: 1 });
    expect(bench.agent.jobs[0]?.prompt).not.toContain("# Map");
  });
});
