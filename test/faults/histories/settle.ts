import type { Crew } from "./crew.js";
import type { Model } from "./model.js";
import type { Servers } from "./servers.js";

/** A history whose steps are over. */
export interface Unsettled {
  readonly servers: Servers;
  readonly crew: Crew;
  readonly model: Model;
  /** The messages whose agents were released. */
  readonly released: ReadonlySet<number>;
  readonly says: (wrong: string) => void;
  /** How long everything may take to come to rest, in milliseconds. */
  readonly restWithinMs: number;
}

/** Waits until every task is as in the model; the model adopts ends that could have been either way. */
export async function settle({ servers, crew, model, released, says, restWithinMs }: Unsettled): Promise<void> {
  const expected = model.expected(released);
  const untilMs = performance.now() + restWithinMs;
  for (;;) {
    crew.wakeOne();
    await crew.endLeases();
    const tasks = await servers.tasks();
    const live = new Set(crew.liveNames());
    const misplaced = tasks.filter(({ id, status, agent }) => {
      const places: readonly string[] = expected.get(id) ?? [];
      return !places.includes(status) || (status === "running" && !live.has(agent ?? ""));
    });
    if (misplaced.length === 0 && tasks.length === expected.size) {
      for (const { id, status } of tasks) model.observe(id, status);
      return;
    }
    if (performance.now() > untilMs) {
      if (tasks.length !== expected.size) says(`there are ${tasks.length} tasks, not ${expected.size}`);
      for (const { id, status, reason, agent } of misplaced)
        says(`task ${id} is ${status} (${reason}, ${agent}), not ${(expected.get(id) ?? ["expected"]).join(" or ")}`);
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
