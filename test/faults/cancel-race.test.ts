import type { TaskSummary } from "@agentbot/core";
import { isFinalStatus } from "@agentbot/core/adapter";
import { crashPoints } from "@agentbot/core/testing";
import { afterAll, describe, expect, test } from "vitest";
import { type Outcome, playScenario } from "./one-process/play-scenario.js";
import { cancelRequest, type DeathPoint, type Durable, startOperator } from "./one-process/start-lives.js";
import { createRandom, faultSeed, isFull } from "./world/random.js";

const tasksAtEach = 3;
const rounds = isFull ? 20 : 1;
const points: readonly DeathPoint[] = [...crashPoints, "before:answer", "after:answer"];
const seen = { full: 0, none: 0 };

async function openTasks({ store }: Durable): Promise<readonly TaskSummary[]> {
  return (await store.tasks.search({ limit: 200 })).items.filter(({ status }) => !isFinalStatus(status));
}

/** The tasks that are half done, or whose status message shows another end; empty if there is none. */
function wrongIn({ isOver, tasks, views, branches, pullRequests }: Outcome, cancelled: ReadonlySet<string>): string[] {
  const wrong = isOver ? [] : ["not over in time"];
  for (const { id, status, reason } of tasks) {
    const isThere = [branches.has(`agentbot/${id}`), pullRequests.includes(`agentbot/${id}`)];
    const shown = views.get(id) ?? [];
    const state = `task ${id} is ${status} ${reason}, branch and pull request ${isThere}, ${JSON.stringify(shown)}`;
    const isFullEffect =
      status === "succeeded" &&
      isThere.every(Boolean) &&
      shown.length === 1 &&
      shown[0]?.state === "succeeded" &&
      shown[0].links.length === 1;
    // A task that had not begun has no status message; one that had shows how it ended.
    const isNone =
      status === "cancelled" &&
      reason === "stopped" &&
      cancelled.has(id) &&
      !isThere.some(Boolean) &&
      shown.length <= 1 &&
      shown.every((view) => view.state === "cancelled" && view.links.length === 0);
    if (isFullEffect) seen.full += 1;
    else if (isNone) seen.none += 1;
    else wrong.push(state);
  }
  return wrong;
}

describe.each(points)("a stop that is asked for %s", (point) => {
  const cases = Array.from({ length: rounds }, (_, round) => faultSeed + round * 1000 + points.indexOf(point));

  test.each(cases)("while all goes on has no effect or the full one (seed %d)", async (seed) => {
    let left = createRandom(seed).between(0, tasksAtEach - 1);
    const cancelled = new Set<string>();
    const outcome = await playScenario({
      tasks: tasksAtEach,
      concurrency: 2,
      fates: [],
      onPoint(passed, life, durable) {
        if (passed !== point) return;
        left -= 1;
        if (left !== -1) return;
        void openTasks(durable).then((tasks) => {
          for (const { id } of tasks) {
            cancelled.add(id);
            void life.cancel(id);
          }
        });
      },
    });
    expect(wrongIn(outcome, cancelled), `seed ${faultSeed}`).toEqual([]);
  });

  test.each(cases)(
    "while the process that died there is gone has no effect or the full one (seed %d)",
    async (seed) => {
      const cancelled = new Set<string>();
      const outcome = await playScenario({
        tasks: tasksAtEach,
        concurrency: 2,
        fates: [{ point, passes: createRandom(seed).between(0, tasksAtEach - 1) }],
        async onDeath(durable) {
          const operator = startOperator(durable);
          for (const { id } of await openTasks(durable)) {
            cancelled.add(id);
            await operator.fetch(cancelRequest(id));
          }
        },
      });
      expect(wrongIn(outcome, cancelled), `seed ${faultSeed}`).toEqual([]);
    },
  );
});

afterAll(() => {
  expect(Math.min(seen.full, seen.none), JSON.stringify(seen)).toBeGreaterThan(0);
});
