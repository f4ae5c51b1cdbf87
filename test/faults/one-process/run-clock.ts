import type { ManualClock } from "@agentbot/core/testing";

/** How far time moves in one step, in milliseconds: less than any wait of a bot under test. */
const stepMs = 50;
/** Turns of the event loop between two steps, so that what became due can act. */
const turnsBetween = 4;

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Lets time pass, much faster than it does, until this holds; false when `longestMs` of it were not enough. */
export async function runClock(clock: ManualClock, holds: () => Promise<boolean>, longestMs: number): Promise<boolean> {
  const untilMs = clock.now().getTime() + longestMs;
  while (clock.now().getTime() < untilMs) {
    if (await holds()) return true;
    for (let turns = 0; turns < turnsBetween; turns += 1) await turn();
    await clock.advance(stepMs);
  }
  return await holds();
}
