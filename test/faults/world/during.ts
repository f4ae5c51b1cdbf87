import { setTimeout as pause } from "node:timers/promises";

const lookEveryMs = 5;

/** A fault that happens several times while something goes on. */
export interface RepeatedFault {
  readonly times: number;
  /** How far what goes on has come: from 0 to 1. */
  readonly progress: () => number;
  /** Given 1, 2 and so on. */
  readonly fault: (number: number) => Promise<void>;
}

/** Lets a fault happen `times` times, evenly spread over the progress of some work; resolves with the work's result. */
export async function during<Result>(
  work: Promise<Result>,
  { times, progress, fault }: RepeatedFault,
): Promise<Result> {
  let isOver = false;
  const over = work.finally(() => {
    isOver = true;
  });
  over.catch(() => {});
  for (let number = 1; number <= times; number += 1) {
    while (!isOver && progress() < number / (times + 1)) await pause(lookEveryMs);
    await fault(number);
  }
  return over;
}
