import type { Clock } from "../ports/clock.js";
import { sleep } from "./sleep.js";

/** The machine's own clock. */
export const systemClock: Clock = Object.freeze({ now: () => new Date(), monotonicMs: () => performance.now(), sleep });
