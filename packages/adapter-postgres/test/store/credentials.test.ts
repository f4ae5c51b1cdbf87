import type { OAuthTokens } from "@agentbot/core";
import { deliveryFixture, eventually, freshId, rejectsWithCode, tenantFixture } from "@agentbot/core/testing";
import { bundleProgram } from "@agentbot/test-services";
import { Pool } from "pg";
import { describe, expect, onTestFinished, test } from "vitest";
import { createPostgresStore, openPostgresDatabase } from "../../src/index.js";
import { gate } from "../fixtures/gate.js";
import { keyRingFixture } from "../fixtures/key-ring.js";
import { openPostgresStore, openStore } from "../fixtures/open-store.js";
import { startPostgresProxy } from "../fixtures/postgres-proxy.js";
import { startProgram } from "../fixtures/start-program.js";

const { store, database, server } = await openPostgresStore();
const embedded = await openStore();
const { signal } = new AbortController();

const tokensFixture = (accessToken: string): OAuthTokens => ({
  ...{ accessToken, refreshToken: `refresh of ${accessToken}`, expiresAt: new Date(1.9e12), scopes: ["repo", "read"] },
});
const keyFixture = () => ({ provider: "acme", externalId: freshId("account") });

/** Another process, in the database's view. */
const otherStore = () =>
  createPostgresStore({ database: openPostgresDatabase({ pool: server.pool({ max: 2 }) }), keyRing: keyRingFixture() });

/** A store whose way to the server can be cut. */
async function storeByProxy(limits: { readonly statementTimeoutMs?: number } = {}) {
  const proxy = await startPostgresProxy(server.url);
  const pool = new Pool({ connectionString: proxy.url, max: 2 });
  onTestFinished(async () => {
    await pool.end();
    await proxy.close();
  });
  const byProxy = openPostgresDatabase({ pool, ...limits });
  return { proxy, store: createPostgresStore({ database: byProxy, keyRing: keyRingFixture() }) };
}

describe("a credential", () => {
  test("is encrypted at rest, bound to its column and row", async () => {
    const [key, other] = [keyFixture(), keyFixture()];
    await store.credentials.save(key, tokensFixture("secret"));
    await store.credentials.save(other, tokensFixture("secret"));
    const [row] = await database.query("SELECT * FROM credentials WHERE external_id = $1", [key.externalId]);
    expect(row?.["access_token"]).toMatch(/^v1\.test\.[\w-]+\.[\w-]+\.[\w-]+$/);
    expect(JSON.stringify(row)).not.toContain("secret");
    await database.query(
      "UPDATE credentials SET access_token = $1, refresh_token = access_token WHERE external_id = $2",
      [String(row?.["access_token"]), other.externalId],
    );
    await rejectsWithCode(store.credentials.find(other), "DECRYPTION_FAILED");
    expect(await store.credentials.find(key)).toEqual(tokensFixture("secret"));
  });

  test("is erased when its installation is deleted", async () => {
    const tenant = tenantFixture();
    const key = { provider: "acme", externalId: tenant.externalId };
    await store.credentials.save(key, tokensFixture("old"));
    const change = { kind: "deleted", removedRepositoryIds: [] } as const;
    const delivery = deliveryFixture({ provider: "acme", dedupeKey: null });
    await store.inbox.record(delivery, { kind: "installation", tenant, change });
    expect(await store.credentials.find(key)).toBeNull();
  });
});

describe("a refresh", () => {
  test("renews once for any number of callers over several connections", async () => {
    const key = keyFixture();
    await store.credentials.save(key, tokensFixture("old"));
    let renewals = 0;
    const renew = async () => {
      renewals += 1;
      return tokensFixture(`new ${renewals}`);
    };
    const stores = [store, otherStore(), otherStore()];
    const callers = Array.from({ length: 30 }, (_, place) => stores[place % 3] ?? store);
    const refreshed = await Promise.all(
      callers.map(({ credentials }) =>
        credentials.refresh(key, tokensFixture("old"), renew, { signal: new AbortController().signal }),
      ),
    );
    expect(renewals).toBe(1);
    expect(new Set(refreshed.map((tokens) => tokens?.accessToken))).toEqual(new Set(["new 1"]));
  });

  test("renews once for several processes", { timeout: 60_000 }, async () => {
    const program = await bundleProgram(new URL("../fixtures/programs/refresh-credential.ts", import.meta.url));
    onTestFinished(() => program.remove());
    await database.runScript("CREATE TABLE renewals (pid integer, slept text)");
    await store.credentials.save({ provider: "acme", externalId: "shared" }, tokensFixture("old"));
    const processes = Array.from({ length: 3 }, () => startProgram(program.path, [server.url]));
    for (const { line } of processes) await line(/^ready/);
    for (const { process } of processes) process.stdin?.write("go\n");
    const tokens = await Promise.all(processes.map(({ line }) => line(/^token/)));
    await Promise.all(processes.map(({ ended }) => ended()));
    expect(new Set(tokens).size).toBe(1);
    expect(await database.query("SELECT pid FROM renewals", [])).toHaveLength(1);
  });

  test("keeps neither a transaction nor other statements waiting while it renews", async () => {
    for (const { store: one } of [{ store }, embedded]) {
      const key = keyFixture();
      await one.credentials.save(key, tokensFixture("old"));
      const renewing = one.credentials.refresh(
        key,
        tokensFixture("old"),
        async () => tokensFixture(`new ${(await one.credentials.find(key))?.accessToken}`),
        { signal },
      );
      expect((await renewing)?.accessToken).toBe("new old");
    }
  });

  test("leaves tokens that were saved meanwhile, and returns them", async () => {
    const key = keyFixture();
    await store.credentials.save(key, tokensFixture("old"));
    const renew = async () => {
      await store.credentials.save(key, tokensFixture("granted again"));
      return tokensFixture("renewed");
    };
    const refreshed = await store.credentials.refresh(key, tokensFixture("old"), renew, { signal });
    expect(refreshed).toEqual(tokensFixture("granted again"));
    expect(await store.credentials.find(key)).toEqual(tokensFixture("granted again"));
  });

  test("that its caller gives up still stores what was renewed", async () => {
    const key = keyFixture();
    await store.credentials.save(key, tokensFixture("old"));
    const { opened, open } = gate();
    const controller = new AbortController();
    const renew = async () => {
      controller.abort(new Error("stopped"));
      await opened;
      return tokensFixture("renewed");
    };
    const { signal: given } = controller;
    const refreshing = store.credentials.refresh(key, tokensFixture("old"), renew, { signal: given });
    await expect(refreshing).rejects.toThrow("stopped");
    open();
    await eventually("the renewed tokens", async () => {
      const tokens = await store.credentials.find(key);
      return tokens?.accessToken === "renewed" ? tokens : null;
    });
  });

  test("that ends after its deadline stores its tokens outside of another caller's transaction", async () => {
    const pool = server.pool({ max: 1 });
    const narrow = openPostgresDatabase({ pool });
    const { credentials } = createPostgresStore({ database: narrow, keyRing: keyRingFixture() });
    const key = keyFixture();
    await credentials.save(key, tokensFixture("old"));
    const { opened, open } = gate();
    const renew = async () => {
      await opened;
      return tokensFixture("late");
    };
    const refreshing = credentials.refresh(key, tokensFixture("old"), renew, { timeoutMs: 100, signal });
    await rejectsWithCode(refreshing, "CREDENTIALS_LOST");
    const rolledBack = narrow.transaction(async (transaction) => {
      const accessToken = async () => {
        const columns = "SELECT access_token FROM credentials WHERE external_id = $1";
        const [row] = await transaction.query(columns, [key.externalId]);
        return row?.["access_token"];
      };
      const before = await accessToken();
      open();
      await eventually("the late tokens to be written", async () =>
        pool.waitingCount > 0 || (await accessToken()) !== before ? true : null,
      );
      throw new Error("rolled back");
    });
    await expect(rolledBack).rejects.toThrow("rolled back");
    await eventually(
      "the late tokens",
      async () => {
        const tokens = await credentials.find(key);
        return tokens?.accessToken === "late" ? tokens : null;
      },
      { timeoutMs: 20_000 },
    );
  });

  test("that fails leaves the stored tokens and lets the next caller try", async () => {
    const key = keyFixture();
    await store.credentials.save(key, tokensFixture("old"));
    const failing = store.credentials.refresh(key, tokensFixture("old"), () => Promise.reject(new Error("down")), {
      signal,
    });
    await expect(failing).rejects.toThrow("down");
    const renew = async () => tokensFixture("new");
    expect(await otherStore().credentials.refresh(key, tokensFixture("old"), renew, { signal })).toEqual(
      tokensFixture("new"),
    );
  });

  test.each(["lost", "answer lost"] as const)(
    "whose result is cut off on its way to the database (%s) stores it, and renews once",
    async (fate) => {
      const { proxy, store: cut } = await storeByProxy();
      const key = keyFixture();
      await store.credentials.save(key, tokensFixture("old"));
      let renewals = 0;
      const renew = async () => {
        renewals += 1;
        proxy.cutNext("UPDATE credentials", fate);
        return tokensFixture(`new ${renewals}`);
      };
      const refreshed = await cut.credentials.refresh(key, tokensFixture("old"), renew, { signal });
      expect(refreshed).toEqual(tokensFixture("new 1"));
      expect(await store.credentials.find(key)).toEqual(tokensFixture("new 1"));
      expect(renewals).toBe(1);
    },
  );

  test("whose database answers no more ends with an error that names the lost tokens", async () => {
    const { proxy, store: frozen } = await storeByProxy({ statementTimeoutMs: 1000 });
    const key = keyFixture();
    await store.credentials.save(key, tokensFixture("old"));
    const renew = async () => {
      proxy.freeze();
      return tokensFixture("new");
    };
    const refreshing = frozen.credentials.refresh(key, tokensFixture("old"), renew, { timeoutMs: 1000, signal });
    await rejectsWithCode(refreshing, "CREDENTIALS_LOST");
    proxy.thaw();
    expect(await store.credentials.find(key)).toEqual(tokensFixture("old"));
  });
});
