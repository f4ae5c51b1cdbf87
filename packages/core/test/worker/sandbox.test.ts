import { describe, expect, test } from "vitest";
import type { Sandbox, SandboxReadiness } from "../../src/ports/sandbox.js";
import { createNoSandbox } from "../../src/sandbox/create-no-sandbox.js";
import { eventually } from "../../src/testing/eventually.js";
import { createBench } from "./fixtures/create-bench.js";
import { createImpatientClock } from "./fixtures/impatient-clock.js";

function sandboxWith(check: Sandbox["check"]): Sandbox {
  return { ...createNoSandbox(), name: "bwrap", check };
}

const clock = createImpatientClock(10);

describe("a worker whose sandbox cannot start", () => {
  test("claims nothing, and reports the reason, until it can", async () => {
    let readiness: SandboxReadiness = { status: "unavailable", reason: "user namespaces are off" };
    const bench = await createBench();
    const taskId = await bench.ask();
    let checks = 0;
    const sandbox = sandboxWith(async () => {
      checks += 1;
      return readiness;
    });
    const worker = await bench.startWorker({ sandbox, clock });
    await eventually("a second look", () => (checks >= 2 ? true : null));
    expect(worker.readiness()).toBe("the sandbox bwrap cannot start: user namespaces are off");
    expect(await bench.task(taskId)).toMatchObject({ status: "queued", attempt: 0 });
    expect(await bench.queue.stats()).toMatchObject({ waiting: 1, claimed: 0 });
    readiness = { status: "ready" };
    expect(await bench.ended(taskId)).toMatchObject({ status: "succeeded" });
    expect(worker.readiness()).toBeNull();
  });

  test("because its check throws is not ready either, and works once it can be checked", async () => {
    const bench = await createBench();
    const taskId = await bench.ask();
    let checks = 0;
    const sandbox = sandboxWith(async () => {
      checks += 1;
      if (checks <= 3) throw new TypeError("/usr/bin/bwrap is a directory");
      return { status: "ready" };
    });
    const worker = await bench.startWorker({ sandbox, clock });
    await eventually("a failed check", () => worker.readiness()?.match(/its check failed/) ?? null);
    expect(await bench.ended(taskId)).toMatchObject({ status: "succeeded" });
    expect(worker.readiness()).toBeNull();
  });

  test.each<[how: string, check: Sandbox["check"]]>([
    [
      "a check",
      ({ signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
    ],
    ["a check that ignores its signal", () => new Promise(() => {})],
  ])("stops at once, even in the middle of %s", async (_, check) => {
    const bench = await createBench();
    const sandbox = sandboxWith(check);
    const worker = await bench.startWorker({ sandbox });
    expect(worker.readiness()).toBe("the sandbox has not been checked yet");
    await worker.stop();
    expect(worker.readiness()).toBe("the worker is stopping");
  });
});
