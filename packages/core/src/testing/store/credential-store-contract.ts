import assert from "node:assert/strict";
import type { CredentialKey, CredentialStore, OAuthTokens, RenewTokens } from "../../ports/credential-store.js";
import type { Store } from "../../ports/store.js";
import type { ContractCase, ContractOptions } from "../contract.js";
import { type ContractClause, contractCases } from "../contract-cases.js";
import { deliveryFixture } from "../delivery-fixture.js";
import { eventually } from "../eventually.js";
import { freshId } from "../fresh-id.js";
import { rejectsWithCode } from "../rejects-with-code.js";
import { tenantFixture } from "../task-draft-fixture.js";

const { signal } = new AbortController();

const keyFixture = (overrides: Partial<CredentialKey> = {}): CredentialKey => ({
  provider: "acme",
  externalId: freshId("installation"),
  ...overrides,
});

const tokensFixture = (overrides: Partial<OAuthTokens> = {}): OAuthTokens => ({
  accessToken: freshId("access"),
  refreshToken: freshId("refresh"),
  expiresAt: new Date("2026-11-22T10:00:00.123Z"),
  scopes: ["chat:write", "channels:history"],
  ...overrides,
});

/** Stores fresh tokens under a fresh key. */
async function stored(credentials: CredentialStore) {
  const [key, stale] = [keyFixture(), tokensFixture()];
  await credentials.save(key, stale);
  return { key, stale };
}

/** A renewal that must not happen. */
const failing = (fault: string) => async (): Promise<OAuthTokens> => assert.fail(fault);

/** A renewal that lasts until it is let go. */
function slowRenewal(renewed: OAuthTokens) {
  let letGo = (): void => {};
  const gate = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  let calls = 0;
  return {
    get calls() {
      return calls;
    },
    letGo,
    renew: async (): Promise<OAuthTokens> => {
      calls += 1;
      await gate;
      return renewed;
    },
  };
}

const clauses: readonly ContractClause<Store>[] = [
  {
    name: "tokens come back as they were saved, and replace earlier ones",
    check: async ({ credentials }) => {
      const key = keyFixture();
      assert.equal(await credentials.find(key), null);
      const bare = { refreshToken: null, expiresAt: null, scopes: [] };
      for (const tokens of [tokensFixture(), tokensFixture(bare), tokensFixture()]) {
        await credentials.save(key, tokens);
        assert.deepEqual(await credentials.find(key), tokens);
      }
    },
  },
  {
    name: "tokens belong to one account of one provider",
    check: async ({ credentials }) => {
      const { key, stale } = await stored(credentials);
      assert.equal(await credentials.find({ ...key, provider: "example" }), null);
      assert.equal(await credentials.find(keyFixture()), null);
      await credentials.save({ ...key, provider: "example" }, tokensFixture());
      assert.deepEqual(await credentials.find(key), stale);
    },
  },
  {
    name: "stale tokens are renewed from the stored ones, and the result is stored and returned",
    check: async ({ credentials }) => {
      const { key, stale } = await stored(credentials);
      const renewed = tokensFixture({ refreshToken: null });
      const given: OAuthTokens[] = [];
      const renew = async (tokens: OAuthTokens): Promise<OAuthTokens> => {
        given.push(tokens);
        return renewed;
      };
      assert.deepEqual(await credentials.refresh(key, stale, renew, { signal }), renewed);
      assert.deepEqual(given, [stale]);
      assert.deepEqual(await credentials.find(key), renewed);
    },
  },
  {
    name: "tokens that were renewed meanwhile are returned as they are",
    check: async ({ credentials }) => {
      const { key, stale } = await stored(credentials);
      const renewed = tokensFixture();
      await credentials.save(key, renewed);
      assert.deepEqual(
        await credentials.refresh(key, stale, failing("the tokens were renewed twice"), { signal }),
        renewed,
      );
    },
  },
  {
    name: "of 10 concurrent callers with the same stale tokens one renews them, and all get the result",
    check: async ({ credentials }) => {
      const { key, stale } = await stored(credentials);
      const renewal = slowRenewal(tokensFixture());
      const calls = Array.from({ length: 10 }, () => credentials.refresh(key, stale, renewal.renew, { signal }));
      await eventually("a renewal", () => (renewal.calls > 0 ? true : null));
      renewal.letGo();
      const results = await Promise.all(calls);
      assert.equal(renewal.calls, 1);
      for (const result of results) assert.deepEqual(result, await credentials.find(key));
    },
  },
  {
    name: "one account's renewal does not wait for another's",
    check: async ({ credentials }) => {
      const [one, other] = [await stored(credentials), await stored(credentials)];
      const renewal = slowRenewal(tokensFixture());
      const waiting = credentials.refresh(one.key, one.stale, renewal.renew, { signal });
      await eventually("a renewal", () => (renewal.calls > 0 ? true : null));
      const renewed = tokensFixture();
      assert.deepEqual(await credentials.refresh(other.key, other.stale, async () => renewed, { signal }), renewed);
      renewal.letGo();
      await waiting;
    },
  },
  {
    name: "a renewal that fails passes its error on and leaves the stored tokens, and the next one may succeed",
    check: async ({ credentials }) => {
      const { key, stale } = await stored(credentials);
      const failure = new Error("The token endpoint is down");
      const failing = credentials.refresh(key, stale, () => Promise.reject(failure), { signal });
      await assert.rejects(failing, (error) => error === failure);
      assert.deepEqual(await credentials.find(key), stale);
      const renewed = tokensFixture();
      assert.deepEqual(await credentials.refresh(key, stale, async () => renewed, { signal }), renewed);
    },
  },
  {
    name: "a renewal that does not answer in time is aborted, and its late answer is stored all the same",
    check: async ({ credentials }) => {
      const { key, stale } = await stored(credentials);
      const renewed = tokensFixture();
      const renewal = slowRenewal(renewed);
      const given: AbortSignal[] = [];
      const renew: RenewTokens = (_, { signal: ended }) => {
        given.push(ended);
        return renewal.renew();
      };
      await rejectsWithCode(credentials.refresh(key, stale, renew, { timeoutMs: 20, signal }), "CREDENTIALS_LOST");
      assert.deepEqual([renewal.calls, given[0]?.aborted], [1, true]);
      assert.deepEqual(await credentials.find(key), stale);
      renewal.letGo();
      await eventually("the renewed tokens", async () =>
        (await credentials.find(key))?.accessToken === renewed.accessToken ? true : null,
      );
    },
  },
  {
    name: "an extended expiry makes the same access token another one, which is not renewed again",
    check: async ({ credentials }) => {
      const { key, stale } = await stored(credentials);
      const extended = { ...stale, expiresAt: new Date("2026-11-22T11:00:00.123Z") };
      let calls = 0;
      const renew = async (): Promise<OAuthTokens> => {
        calls += 1;
        return extended;
      };
      for (let time = 0; time < 2; time += 1) {
        assert.deepEqual(await credentials.refresh(key, stale, renew, { signal }), extended);
      }
      assert.equal(calls, 1);
    },
  },
  {
    name: "tokens without a refresh token are not renewed",
    check: async ({ credentials }) => {
      const [key, stale] = [keyFixture(), tokensFixture({ refreshToken: null })];
      await credentials.save(key, stale);
      assert.equal(
        await credentials.refresh(key, stale, failing("tokens were renewed without a refresh token"), { signal }),
        null,
      );
      assert.deepEqual(await credentials.find(key), stale);
    },
  },
  {
    name: "where no tokens are stored, none are renewed",
    check: async ({ credentials }) => {
      assert.equal(
        await credentials.refresh(keyFixture(), tokensFixture(), failing("tokens were renewed that are not stored"), {
          signal,
        }),
        null,
      );
    },
  },
  {
    name: "an aborted call renews nothing",
    check: async ({ credentials }) => {
      const { key, stale } = await stored(credentials);
      const aborted = { signal: AbortSignal.abort(new Error("Stopped")) };
      await assert.rejects(
        credentials.refresh(key, stale, failing("an aborted call renewed the tokens"), aborted),
        /Stopped/,
      );
      assert.deepEqual(await credentials.find(key), stale);
    },
  },
  {
    name: "an abort ends the wait for a renewal under way, whose result is stored all the same",
    check: async ({ credentials }) => {
      const { key, stale } = await stored(credentials);
      const renewed = tokensFixture();
      const renewal = slowRenewal(renewed);
      const [renewing, waiting] = [new AbortController(), new AbortController()];
      const first = credentials.refresh(key, stale, renewal.renew, { signal: renewing.signal });
      await eventually("a renewal", () => (renewal.calls > 0 ? true : null));
      const second = credentials.refresh(key, stale, renewal.renew, { signal: waiting.signal });
      for (const [call, controller] of [[second, waiting] as const, [first, renewing] as const]) {
        controller.abort(new Error("Stopped"));
        await assert.rejects(call, /Stopped/);
      }
      renewal.letGo();
      await eventually("the renewed tokens", async () =>
        (await credentials.find(key))?.accessToken === renewed.accessToken ? true : null,
      );
    },
  },
  {
    name: "tokens that are saved while others are renewed stay, and are returned",
    check: async ({ credentials }) => {
      const { key, stale } = await stored(credentials);
      const renewal = slowRenewal(tokensFixture());
      const refreshing = credentials.refresh(key, stale, renewal.renew, { signal });
      await eventually("a renewal", () => (renewal.calls > 0 ? true : null));
      const saved = tokensFixture();
      await credentials.save(key, saved);
      renewal.letGo();
      assert.deepEqual(await refreshing, saved);
      assert.deepEqual(await credentials.find(key), saved);
    },
  },
  {
    name: "removed tokens are gone, and removing again is harmless",
    check: async ({ credentials }) => {
      const { key } = await stored(credentials);
      const other = await stored(credentials);
      for (let time = 0; time < 2; time += 1) {
        await credentials.remove(key);
        assert.equal(await credentials.find(key), null);
      }
      assert.deepEqual(await credentials.find(other.key), other.stale);
    },
  },
  {
    name: "tokens that are removed while they are renewed do not come back",
    check: async ({ credentials }) => {
      const { key, stale } = await stored(credentials);
      const renewal = slowRenewal(tokensFixture());
      const refreshing = credentials.refresh(key, stale, renewal.renew, { signal });
      await eventually("a renewal", () => (renewal.calls > 0 ? true : null));
      const removing = credentials.remove(key);
      renewal.letGo();
      await Promise.all([refreshing, removing]);
      assert.equal(await credentials.find(key), null);
    },
  },
  {
    name: "a deleted installation's tokens are erased, and a suspended one's are kept",
    check: async ({ credentials, inbox }) => {
      const tenant = tenantFixture();
      const key = keyFixture({ externalId: tenant.externalId });
      const tokens = tokensFixture();
      await credentials.save(key, tokens);
      const change = (kind: "suspended" | "deleted") =>
        inbox.record(deliveryFixture(), { kind: "installation", tenant, change: { kind, removedRepositoryIds: [] } });
      await change("suspended");
      assert.deepEqual(await credentials.find(key), tokens);
      await change("deleted");
      assert.equal(await credentials.find(key), null);
    },
  },
];

/** The contract of the port `CredentialStore`; run it on a whole {@link Store}. */
export function credentialStoreContract(options: ContractOptions<Store>): readonly ContractCase[] {
  return contractCases("credentials", options, clauses);
}
