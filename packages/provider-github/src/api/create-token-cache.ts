import type { Clock } from "@agentbot/core";

/** A token and the moment from which GitHub refuses it. */
export interface ExpiringToken {
  readonly token: string;
  readonly expiresAt: Date;
}

/** Keeps tokens until shortly before they expire. */
export interface TokenCache {
  /** The token of this key, made by `create` if there is none; callers at the same moment share one. */
  get(key: string, create: () => Promise<ExpiringToken>): Promise<string>;
  /** Forgets this token, which was refused. */
  forget(key: string, token: string): void;
}

/** A token with less time left is not used: a slow request must not outlive it. */
const marginMs = 5 * 60_000;

/** A token that is there or on its way. */
interface Entry {
  readonly coming: Promise<ExpiringToken>;
  held: ExpiringToken | null;
}

/** Makes a cache of at most `maxTokens`; the one unused for longest goes first. */
export function createTokenCache(clock: Clock, maxTokens = 1000): TokenCache {
  const entries = new Map<string, Entry>();

  const touch = (key: string, entry: Entry): void => {
    entries.delete(key);
    entries.set(key, entry);
    const [oldest] = entries.keys();
    if (entries.size > maxTokens && oldest !== undefined) entries.delete(oldest);
  };
  const isUsable = ({ held }: Entry): boolean =>
    held === null || held.expiresAt.getTime() - clock.now().getTime() > marginMs;

  return {
    async get(key, create) {
      const known = entries.get(key);
      const entry = known && isUsable(known) ? known : { coming: create(), held: null };
      touch(key, entry);
      try {
        entry.held = await entry.coming;
        return entry.held.token;
      } catch (error) {
        if (entries.get(key) === entry) entries.delete(key);
        throw error;
      }
    },
    forget(key, token) {
      if (entries.get(key)?.held?.token === token) entries.delete(key);
    },
  };
}
