/** One life of a process that shares this one with the lives before and after it. */
export interface Mortal {
  readonly isDead: boolean;
  /** Aborts at death. */
  readonly death: AbortSignal;
  /** SIGKILL: nothing this life calls from now on happens, and nothing it waits for ever comes. */
  kill(): void;
  /** The same parts for this life: after its death their calls do nothing and never settle. */
  gate<Parts extends object>(parts: Parts): Parts;
}

/** Not one promise for all: it would keep every caller that ever awaited it in memory. */
const waitForEver = (): Promise<never> => new Promise(() => {});

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/** Begins a life. */
export function createMortal(): Mortal {
  const dying = new AbortController();
  const isDead = (): boolean => dying.signal.aborted;

  const follow = (result: unknown): unknown => {
    if (!(result instanceof Promise)) return gateValue(result);
    return result.then(
      (value: unknown) => (isDead() ? waitForEver() : gateValue(value)),
      (error: unknown) => {
        if (isDead()) return waitForEver();
        throw error;
      },
    );
  };
  // A returned value may have methods too: a claimed entry, a work tree, a credential.
  const gateValue = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(gateValue);
    if (!isPlain(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => {
        if (typeof member !== "function") return [name, gateValue(member)];
        return [name, (...given: unknown[]) => (isDead() ? waitForEver() : follow(member.apply(value, given)))];
      }),
    );
  };

  return {
    get isDead() {
      return isDead();
    },
    death: dying.signal,
    kill: () => dying.abort(),
    gate: <Parts extends object>(parts: Parts) => gateValue(parts) as Parts,
  };
}
