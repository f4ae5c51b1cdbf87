import { crashPoints } from "@agentbot/core/testing";
import { describe, expect, test } from "vitest";
import { type Outcome, playScenario } from "./one-process/play-scenario.js";
import type { DeathPoint } from "./one-process/start-lives.js";
import { createRandom, faultSeed, isFull } from "./world/random.js";

const tasksAtEach = isFull ? 50 : 4;
const concurrency = isFull ? 8 : 2;
const points: readonly DeathPoint[] = [...crashPoints, "before:answer", "after:answer"];

/** Everything that is not as promised, in words; empty when all is. */
function wrongIn({ isOver, deaths, taskIds, tasks, views, branches, conflicts, ...rest }: Outcome): string[] {
  const wrong: string[] = [];
  const check = (what: string, holds: boolean): void => void (holds || wrong.push(what));
  check("not over in time", isOver);
  check(`died ${deaths} times, not twice`, deaths === 2);
  check(`${tasks.length} tasks for ${taskIds.length} webhooks`, tasks.length === tasksAtEach);
  check("two senders got the same task", new Set(taskIds).size === tasksAtEach);
  check(`${branches.size} branches, ${conflicts} conflicts`, branches.size === tasksAtEach && conflicts === 0);
  for (const { id, status, reason } of tasks) {
    check(`task ${id} has no sender`, taskIds.includes(id));
    check(`task ${id} is ${status} ${reason}`, status === "succeeded");
    const shown = views.get(id) ?? [];
    const isShownOnce = shown.length === 1 && shown[0]?.state === "succeeded";
    check(`task ${id} has the status messages ${JSON.stringify(shown)}`, isShownOnce);
    check(`task ${id} has no branch`, branches.has(`agentbot/${id}`));
    const pulls = rest.pullRequests.filter((head) => head === `agentbot/${id}`);
    check(`task ${id} has ${pulls.length} pull requests`, pulls.length === 1);
    const effects = (rest.effects.get(id) ?? []).join(" ");
    check(`task ${id} has the effects ${effects}`, effects === "status-comment branch pull-request");
  }
  return wrong;
}

describe(`a process that dies twice in a row, over ${tasksAtEach} tasks`, () => {
  test("can do so at thirty steps at least", () => {
    expect(new Set(points.map((point) => point.split(":")[1])).size).toBeGreaterThanOrEqual(30);
  });

  test.each(points)("%s leaves each task finished once: one comment, one branch, one pull request", async (point) => {
    const random = createRandom(faultSeed + points.indexOf(point));
    // Late enough to find others at work, early enough that one is left that the second life can die of.
    const passes = random.between(0, tasksAtEach - concurrency - 1);
    const outcome = await playScenario({
      tasks: tasksAtEach,
      concurrency,
      fates: [
        { point, passes },
        { point, passes: 0 },
      ],
    });
    expect(wrongIn(outcome), `seed ${faultSeed}, passes ${passes}`).toEqual([]);
  });
});
