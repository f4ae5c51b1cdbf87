/** Sends a signal to a target of kill(2): a negative one is a whole group. False when it is gone already, or not ours. */
export function sendSignal(target: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(target, signal);
  } catch {
    return false;
  }
}
