import type { TaskStatus } from "@agentbot/core";
import { makePlan, type Plan } from "./plan.js";
import { shrink } from "./shrink.js";
import { type Breakage, simulate } from "./simulate.js";

/** A seed whose simulation went wrong, and the smallest plan found that still does. */
export interface Failure {
  readonly seed: number;
  readonly violations: readonly string[];
  readonly smallest: Plan;
}

/** The sums over many simulations. */
export interface Tally {
  readonly seeds: number;
  readonly failures: readonly Failure[];
  readonly lives: number;
  readonly events: number;
  readonly ends: Readonly<Partial<Record<TaskStatus, number>>>;
}

/** The maximum number of failures that are reported. */
const mostFailures = 3;

/** Simulates the seeds from `first` on, until enough have failed. */
export async function simulateSeeds(first: number, count: number, breakage?: Breakage): Promise<Tally> {
  const failures: Failure[] = [];
  const ends: Partial<Record<TaskStatus, number>> = {};
  let [seeds, lives, events] = [0, 0, 0];
  const violationsOf = async (plan: Plan): Promise<readonly string[]> => (await simulate(plan, breakage)).violations;
  for (let seed = first; seed < first + count && failures.length < mostFailures; seed += 1) {
    const plan = makePlan(seed);
    const { violations, eventCount, lives: lived, tasks } = await simulate(plan, breakage);
    seeds += 1;
    lives += lived;
    events += eventCount;
    for (const { status } of tasks) ends[status] = (ends[status] ?? 0) + 1;
    if (violations.length === 0) continue;
    const smallest = await shrink(plan, async (smaller) => (await violationsOf(smaller)).length > 0);
    failures.push({ seed, violations, smallest });
  }
  return { seeds, failures, lives, events, ends };
}

/** Adds what several processes counted. */
export function addTallies(tallies: readonly Tally[]): Tally {
  const sum = (of: (tally: Tally) => number): number => tallies.reduce((total, tally) => total + of(tally), 0);
  const ends: Partial<Record<TaskStatus, number>> = {};
  for (const tally of tallies)
    for (const [status, count] of Object.entries(tally.ends))
      ends[status as TaskStatus] = (ends[status as TaskStatus] ?? 0) + count;
  return {
    seeds: sum(({ seeds }) => seeds),
    lives: sum(({ lives }) => lives),
    events: sum(({ events }) => events),
    failures: tallies.flatMap(({ failures }) => failures),
    ends,
  };
}
