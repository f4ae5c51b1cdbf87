import type { Clock } from "@agentbot/core";

/** A token and the moment from which GitHub refuses it. */
export interface ExpiringToken {
  readonly token: string;
  readonly expiresAt: Date;
}

/** Keeps tokens until shortly before they expire. */
export interface TokenCache {
  /** The token of this key, created if there is none; concurrent callers share one. */
  get(key: string, create: () => Promise<ExpiringToken>): Promise<string>;
  /** Drops a token that was refused. */
  forget(key: string, token: string): void;
}

/** A token whose remaining life is shorter is not used, in milliseconds: a slow request must not outlive it. */
const marginMs = 5 * 60_000;

/** A token that was created or is being created. */
interface Entry {
  readonly pending: Promise<ExpiringToken>;
  /** Null while it is being created. */
  current: ExpiringToken | null;
}

/** A cache of at most `maxTokens` tokens; the least recently used is dropped first. */
export function createTokenCache(clock: Clock, maxTokens = 1000): TokenCache {
  const entries = new Map<string, Entry>();

  const touch = (key: string, entry: Entry): void => {
    entries.delete(key);
    entries.set(key, entry);
    const [oldest] = entries.keys();
    if (entries.size > maxTokens && oldest !== undefined) entries.delete(oldest);
  };
  const isUsable = ({ current }: Entry): boolean =>
    current === null || current.expiresAt.getTime() - clock.now().getTime() > marginMs;

  return {
    async get(key, create) {
      const known = entries.get(key);
      const entry = known && isUsable(known) ? known : { pending: create(), current: null };
      touch(key, entry);
      try {
        entry.current = await entry.pending;
        return entry.current.token;
      } catch (error) {
        if (entries.get(key) === entry) entries.delete(key);
        throw error;
      }
    },
    forget(key, token) {
      if (entries.get(key)?.current?.token === token) entries.delete(key);
    },
  };
}
