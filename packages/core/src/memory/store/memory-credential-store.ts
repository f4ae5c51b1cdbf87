import { unlessAborted } from "../../lifecycle/unless-aborted.js";
import type { CredentialStore, OAuthTokens } from "../../ports/credential-store.js";
import { keyOf, type Tables } from "./tables.js";

const isSame = (one: OAuthTokens, other: OAuthTokens): boolean =>
  one.accessToken === other.accessToken && one.refreshToken === other.refreshToken;

/** Tokens in memory. Renewals of one key take turns, as under a lock on a row; what is saved or removed meanwhile stays so. */
export function memoryCredentialStore({ credentials }: Tables): CredentialStore {
  /** The last renewal of each key. */
  const locks = new Map<string, Promise<unknown>>();

  const locked = async <Result>(key: string, renew: () => Promise<Result>): Promise<Result> => {
    const renewing = (locks.get(key) ?? Promise.resolve()).then(renew);
    const turn = renewing.catch(() => {});
    locks.set(key, turn);
    try {
      return await renewing;
    } finally {
      if (locks.get(key) === turn) locks.delete(key);
    }
  };

  return {
    async find({ provider, externalId }) {
      return structuredClone(credentials.get(keyOf(provider, externalId)) ?? null);
    },

    async save({ provider, externalId }, tokens) {
      credentials.set(keyOf(provider, externalId), structuredClone(tokens));
    },

    async refresh({ provider, externalId }, stale, renew, { signal }) {
      const key = keyOf(provider, externalId);
      const refreshing = locked(key, async () => {
        signal.throwIfAborted();
        const stored = credentials.get(key);
        if (!stored || !isSame(stored, stale)) return structuredClone(stored ?? null);
        const renewed = structuredClone(await renew(structuredClone(stored)));
        if (credentials.get(key) === stored) credentials.set(key, renewed);
        return structuredClone(credentials.get(key) ?? null);
      });
      // A renewal that has begun goes on: its tokens may be the only valid ones by now.
      return await unlessAborted(refreshing, signal);
    },

    async remove({ provider, externalId }) {
      credentials.delete(keyOf(provider, externalId));
    },
  };
}
