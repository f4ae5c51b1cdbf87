import { testBrokenStores } from "./support/broken-stores.js";

testBrokenStores([
  {
    fault: "tokens that every caller renews",
    about:
      /credentials: (tokens that were renewed meanwhile|of 10 concurrent callers|an extended expiry|tokens without a refresh)/,
    breaking: ({ credentials }) => ({
      credentials: {
        ...credentials,
        refresh: async (key, stale, renew, options) => {
          const renewed = await renew(stale, options);
          await credentials.save(key, renewed);
          return renewed;
        },
      },
    }),
  },
  {
    fault: "tokens that are renewed and not stored, or come back once removed",
    about: /credentials: (stale tokens are renewed|tokens that are removed while)/,
    breaking: ({ credentials }) => ({
      credentials: {
        ...credentials,
        refresh: async (key, stale, renew, options) => {
          const renewed = await renew(stale, options);
          await new Promise((resolve) => setImmediate(resolve));
          if ((await credentials.find(key)) === null) await credentials.save(key, renewed);
          return renewed;
        },
      },
    }),
  },
  {
    fault: "tokens of one provider that serve for all",
    about: /credentials: tokens belong to one account/,
    breaking: ({ credentials }) => ({
      credentials: {
        ...credentials,
        find: ({ externalId }) => credentials.find({ provider: "acme", externalId }),
        save: ({ externalId }, tokens) => credentials.save({ provider: "acme", externalId }, tokens),
      },
    }),
  },
  {
    fault: "a renewal that is not aborted at its deadline",
    about: /credentials: a renewal that does not answer/,
    breaking: ({ credentials }) => ({
      credentials: {
        ...credentials,
        refresh: async (key, stale, renew, options) =>
          await credentials.refresh(key, stale, (tokens) => renew(tokens, options), options),
      },
    }),
  },
  {
    fault: "a failed renewal that erases the tokens",
    about: /credentials: a renewal that fails/,
    breaking: ({ credentials }) => ({
      credentials: {
        ...credentials,
        refresh: async (key, stale, renew, options) => {
          try {
            return await credentials.refresh(key, stale, renew, options);
          } catch (error) {
            await credentials.remove(key);
            throw error;
          }
        },
      },
    }),
  },
]);
