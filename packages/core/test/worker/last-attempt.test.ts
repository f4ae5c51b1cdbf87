import { describe, expect, test } from "vitest";
import { eventually } from "../../src/testing/eventually.js";
import { createBench } from "./fixtures/create-bench.js";

describe("the last attempt of a task", () => {
  test("is made beside no other last attempt of the process, which keeps its own meanwhile", async () => {
    let inLast = 0;
    const together: number[] = [];
    const firstOnes = new Set<string>();
    const bench = await createBench({
      script: async ({ job, write }) => {
        if (!firstOnes.has(job.taskId)) {
          firstOnes.add(job.taskId);
          throw new Error("the first attempt fails");
        }
        inLast += 1;
        together.push(inLast);
        await new Promise((resolve) => setTimeout(resolve, 30));
        inLast -= 1;
        await write("fixed.ts", "fixed\n");
        return undefined;
      },
    });
    const ids = [await bench.ask(bench.draft(7)), await bench.ask(bench.draft(8)), await bench.ask(bench.draft(9))];
    await bench.startWorker({ maxAttempts: 2, concurrency: 3 });
    for (const id of ids) expect(await bench.ended(id)).toMatchObject({ status: "succeeded", attempt: 2 });
    expect(together).toEqual([1, 1, 1]);
  });

  test("that is the first one is made beside others", async () => {
    let running = 0;
    const bench = await createBench({
      script: async () => {
        running += 1;
        await eventually("both to run", () => (running === 2 ? true : null));
        return undefined;
      },
    });
    const ids = [await bench.ask(bench.draft(7)), await bench.ask(bench.draft(8))];
    await bench.startWorker({ maxAttempts: 1, concurrency: 2 });
    for (const id of ids) expect(await bench.ended(id)).toMatchObject({ status: "succeeded", attempt: 1 });
  });
});
