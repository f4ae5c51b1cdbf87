import type { ProcessSettings } from "../process-settings.js";

/** Makes every date of this process wrong, as on a machine whose clock is; timers go on as they do. */
export function shiftClock({ clock }: ProcessSettings): void {
  if (!clock) return;
  const RightDate = globalThis.Date;
  let { shiftMs } = clock;
  const now = (): number => RightDate.now() + shiftMs;
  globalThis.Date = new Proxy(RightDate, {
    construct: (target, given, newTarget) => Reflect.construct(target, given.length === 0 ? [now()] : given, newTarget),
    apply: () => new RightDate(now()).toString(),
    get: (target, name, receiver) => (name === "now" ? now : Reflect.get(target, name, receiver)),
  });
  process.on("SIGUSR2", () => {
    shiftMs += clock.stepMs;
  });
}
