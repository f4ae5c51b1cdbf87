import { describe, expect, test } from "vitest";
import { createFileListIndexer } from "../../src/memory/create-file-list-indexer.js";
import { createBench } from "./fixtures/create-bench.js";

describe("the map of the repository", () => {
  test("reaches the agent, fenced as data", async () => {
    const bench = await createBench();
    const taskId = await bench.ask();
    await bench.startWorker({ indexer: createFileListIndexer() });
    await bench.ended(taskId);
    expect(bench.agent.jobs[0]?.prompt).toMatch(/# Map of the repository\n\n<untrusted-[0-9a-f]{32} source="map"/);
    expect(bench.agent.jobs[0]?.prompt).toContain("README.md");
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
