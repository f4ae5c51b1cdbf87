import type { CredentialKey, CredentialStore, OAuthTokens } from "../../ports/credential-store.js";
import { keyOf, type Tables } from "./tables.js";

const isSame = (one: OAuthTokens, other: OAuthTokens): boolean =>
  one.accessToken === other.accessToken && one.refreshToken === other.refreshToken;

/** Tokens in memory. Writers of one key take turns, as under a lock on a row. */
export function memoryCredentialStore({ credentials }: Tables): CredentialStore {
  /** The last writer of each key. */
  const locks = new Map<string, Promise<unknown>>();

  const locked = async <Result>(
    { provider, externalId }: CredentialKey,
    write: (key: string) => Result | Promise<Result>,
  ): Promise<Result> => {
    const key = keyOf(provider, externalId);
    const writing = (locks.get(key) ?? Promise.resolve()).then(() => write(key));
    const turn = writing.catch(() => {});
    locks.set(key, turn);
    try {
      return await writing;
    } finally {
      if (locks.get(key) === turn) locks.delete(key);
    }
  };

  return {
    async find({ provider, externalId }) {
      return structuredClone(credentials.get(keyOf(provider, externalId)) ?? null);
    },

    async save(key, tokens) {
      await locked(key, (row) => credentials.set(row, structuredClone(tokens)));
    },

    async refresh(key, stale, renew, { signal }) {
      return await locked(key, async (row) => {
        signal.throwIfAborted();
        const stored = credentials.get(row);
        if (!stored || !isSame(stored, stale)) return structuredClone(stored ?? null);
        const renewed = structuredClone(await renew(structuredClone(stored)));
        // A deleted installation loses its tokens without a turn.
        if (!credentials.has(row)) return null;
        credentials.set(row, renewed);
        return structuredClone(renewed);
      });
    },

    async remove(key) {
      await locked(key, (row) => credentials.delete(row));
    },
  };
}
