import type { InstallationChange } from "@agentbot/core";
import {
  deliveryFixture,
  recordTask,
  rejectsWithCode,
  repositoryFixture,
  taskDraftFixture,
  tenantFixture,
} from "@agentbot/core/testing";
import { describe, expect, test } from "vitest";
import { createPostgresStore } from "../../src/index.js";
import { keyRingFixture } from "../fixtures/key-ring.js";
import { openStore } from "../fixtures/open-store.js";

const { store, database } = await openStore();

async function storedSecret(installationId: string): Promise<unknown> {
  const [row] = await database.query("SELECT webhook_secret FROM installations WHERE id = $1", [installationId]);
  return row?.["webhook_secret"];
}

async function change(tenant: ReturnType<typeof tenantFixture>, kind: InstallationChange["kind"]): Promise<void> {
  const request = { kind: "installation", tenant, change: { kind, removedRepositoryIds: [] } } as const;
  await store.inbox.record(deliveryFixture({ dedupeKey: null }), request);
}

describe("a webhook secret", () => {
  test("is encrypted at rest, and found again", async () => {
    const { id } = await store.installations.ensure("acme", tenantFixture(), "a webhook secret");
    const stored = await storedSecret(id);
    expect(stored).toMatch(/^v1\.test\.[\w-]+\.[\w-]+\.[\w-]+$/);
    expect(String(stored)).not.toContain("secret");
    expect((await store.installations.find(id))?.webhookSecret).toBe("a webhook secret");
  });

  test("opens in its own row only, with its own key only", async () => {
    const [one, other] = [
      await store.installations.ensure("acme", tenantFixture(), "first"),
      await store.installations.ensure("acme", tenantFixture(), "second"),
    ];
    const stranger = createPostgresStore({ database, keyRing: keyRingFixture(8) });
    await rejectsWithCode(stranger.installations.find(one.id), "DECRYPTION_FAILED");
    await database.query(
      "UPDATE installations SET webhook_secret = (SELECT webhook_secret FROM installations WHERE id = $1) WHERE id = $2",
      [one.id, other.id],
    );
    await rejectsWithCode(store.installations.find(other.id), "DECRYPTION_FAILED");
  });

  test("of many concurrent ones is one of them", async () => {
    const tenant = tenantFixture();
    const secrets = ["one", "two", "three", "four"];
    const made = await Promise.all(secrets.map((secret) => store.installations.ensure("acme", tenant, secret)));
    expect(new Set(made.map(({ id }) => id)).size).toBe(1);
    expect(secrets).toContain((await store.installations.ensure("acme", tenant)).webhookSecret);
  });

  test("is erased when the installation is deleted, and kept when it is suspended", async () => {
    const tenant = tenantFixture();
    const { id } = await store.installations.ensure("acme", tenant, "a webhook secret");
    await change(tenant, "suspended");
    expect((await store.installations.find(id))?.webhookSecret).toBe("a webhook secret");
    await change(tenant, "deleted");
    expect(await storedSecret(id)).toBe(null);
    expect((await store.installations.find(id))?.status).toBe("deleted");
  });
});

describe("an installation", () => {
  test("stays deleted when an older suspension comes in late", async () => {
    const tenant = tenantFixture();
    await change(tenant, "deleted");
    await change(tenant, "suspended");
    expect((await store.installations.ensure("acme", tenant)).status).toBe("deleted");
  });

  test("takes the account's new name from its provider", async () => {
    const tenant = tenantFixture({ account: "old-name" });
    await change(tenant, "created");
    await change({ ...tenant, account: "new-name" }, "unsuspended");
    expect((await store.installations.ensure("acme", tenant)).account).toBe("new-name");
  });

  test("that ends takes with it what was asked elsewhere about its repositories", async () => {
    const codeHost = tenantFixture();
    const chat = tenantFixture();
    const repository = repositoryFixture({ tenant: codeHost.externalId });
    const { origin } = taskDraftFixture({}, chat, "chat");
    const asked = await recordTask(store, { repository, origin }, chat);
    const unrelated = await recordTask(store, {}, chat);
    await change(codeHost, "suspended");
    expect(await store.tasks.find(asked.taskId)).toMatchObject({
      status: "cancelled",
      reason: "installation_suspended",
    });
    expect(await store.tasks.find(unrelated.taskId)).toMatchObject({ status: "queued" });
  });
});
