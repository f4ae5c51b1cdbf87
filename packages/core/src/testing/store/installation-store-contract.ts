import assert from "node:assert/strict";
import type { Store } from "../../ports/store.js";
import { newTaskId } from "../../task/task-id.js";
import type { ContractCase, ContractOptions } from "../contract.js";
import { type ContractClause, contractCases } from "../contract-cases.js";
import { tenantFixture } from "../task-draft-fixture.js";

const clauses: readonly ContractClause<Store>[] = [
  {
    name: "an unknown installation is created as active, without a secret",
    check: async ({ installations }) => {
      const claim = tenantFixture();
      const { id, ...rest } = await installations.ensure("acme", claim);
      assert.deepEqual(rest, { provider: "acme", ...claim, status: "active", webhookSecret: null });
      assert.deepEqual(await installations.find(id), { id, ...rest });
    },
  },
  {
    name: "ensuring again returns the same one, and keeps its secret",
    check: async ({ installations }) => {
      const claim = tenantFixture();
      const first = await installations.ensure("acme", claim, "secret-1");
      assert.deepEqual(await installations.ensure("acme", claim), first);
      assert.equal(first.webhookSecret, "secret-1");
    },
  },
  {
    name: "a given secret replaces the stored one",
    check: async ({ installations }) => {
      const claim = tenantFixture();
      const { id } = await installations.ensure("acme", claim, "secret-1");
      const replaced = await installations.ensure("acme", claim, "secret-2");
      assert.equal(replaced.id, id);
      assert.equal(replaced.webhookSecret, "secret-2");
      assert.equal((await installations.find(id))?.webhookSecret, "secret-2");
    },
  },
  {
    name: "an installation is found by the provider's own id, within its provider",
    check: async ({ installations }) => {
      const claim = tenantFixture();
      assert.equal(await installations.findByExternalId("acme", claim.externalId), null);
      const installation = await installations.ensure("acme", claim, "secret-1");
      assert.deepEqual(await installations.findByExternalId("acme", claim.externalId), installation);
      assert.equal(await installations.findByExternalId("example", claim.externalId), null);
      assert.equal(await installations.findByExternalId("acme", installation.id), null);
    },
  },
  {
    name: "the same external id at two providers is two installations",
    check: async ({ installations }) => {
      const claim = tenantFixture();
      const one = await installations.ensure("acme", claim, "secret-1");
      const other = await installations.ensure("example", claim, "secret-2");
      assert.notEqual(one.id, other.id);
      assert.equal((await installations.find(one.id))?.webhookSecret, "secret-1");
    },
  },
  {
    name: "concurrent calls create one",
    check: async ({ installations }) => {
      const claim = tenantFixture();
      const all = await Promise.all(Array.from({ length: 10 }, () => installations.ensure("acme", claim)));
      assert.equal(new Set(all.map(({ id }) => id)).size, 1);
    },
  },
  {
    name: "an unknown and a malformed id find nothing",
    check: async ({ installations }) => {
      for (const id of [newTaskId(), "", "no id of ours", "'; --", "\u0000", "9".repeat(5000)]) {
        assert.equal(await installations.find(id), null);
      }
    },
  },
];

/** The contract of the port `InstallationStore`; run it on a whole {@link Store}. */
export function installationStoreContract(options: ContractOptions<Store>): readonly ContractCase[] {
  return contractCases("installations", options, clauses);
}
