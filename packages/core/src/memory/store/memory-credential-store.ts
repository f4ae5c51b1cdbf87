import type { CredentialStore } from "../../ports/credential-store.js";
import { checkTokens, refreshTokens } from "../../tokens/renew-tokens.js";
import { keyOf, type Tables } from "./tables.js";

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

    async save(key, tokens) {
      credentials.set(keyOf(key.provider, key.externalId), structuredClone(checkTokens(key, tokens)));
    },

    async refresh({ provider, externalId }, stale, renew, options) {
      const key = keyOf(provider, externalId);
      const find = () => structuredClone(credentials.get(key) ?? null);
      return await refreshTokens({ ...options, stale, renew }, (turn) =>
        locked(key, async () => {
          const former = credentials.get(key);
          return await turn({
            find: async () => find(),
            async replace(renewed) {
              const isFormer = credentials.get(key) === former;
              if (isFormer) credentials.set(key, structuredClone(renewed));
              return isFormer;
            },
          });
        }),
      );
    },

    async remove({ provider, externalId }) {
      credentials.delete(keyOf(provider, externalId));
    },
  };
}
