import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { Installation, InstallationChange, Interpretation, WebhookHead, WebhookSource } from "@agentbot/core";
import type { z } from "zod";
import { type BotIdentity, claimTenant, fitsEvent, type GitHubEvent, ignored } from "./interpret-event.js";
import { installationPayload, installationRepositoriesPayload } from "./payload-schemas.js";
import { requestEvents } from "./request-events.js";

const changeByAction = new Map<string, InstallationChange["kind"]>([
  ["created", "created"],
  ["deleted", "deleted"],
  ["suspend", "suspended"],
  ["unsuspend", "unsuspended"],
]);

function changed(
  { installation }: z.output<typeof installationPayload>,
  pathInstallation: Installation | null,
  change: InstallationChange,
): Interpretation {
  const tenant = claimTenant(pathInstallation, installation, installation.account.login);
  return typeof tenant === "string" ? ignored(tenant) : { kind: "installation", tenant, change };
}

/** Events of the App's installations, by name: installed, suspended, removed, or with fewer repositories. */
const installationEvents: readonly (readonly [name: string, event: GitHubEvent])[] = [
  [
    "installation",
    {
      has: ["installation"],
      lacks: ["repository", "repositories_removed", "issue", "pull_request"],
      interpret(raw, pathInstallation) {
        const { success, data } = installationPayload.safeParse(raw);
        if (!success) return ignored("schema");
        const kind = changeByAction.get(data.action);
        if (kind === undefined) return ignored("action_unsupported");
        const { updated_at: occurredAt } = data.installation;
        return changed(data, pathInstallation, {
          kind,
          removedRepositoryIds: [],
          ...(occurredAt ? { occurredAt } : {}),
        });
      },
    },
  ],
  [
    "installation_repositories",
    {
      has: ["installation", "repositories_removed"],
      lacks: ["repository", "issue"],
      interpret(raw, pathInstallation) {
        const { success, data } = installationRepositoriesPayload.safeParse(raw);
        if (!success) return ignored("schema");
        // Added repositories need nothing.
        if (data.action !== "removed") return ignored("action_unsupported");
        const removedRepositoryIds = (data.repositories_removed ?? []).map(({ id }) => id);
        return changed(data, pathInstallation, { kind: "repositories_removed", removedRepositoryIds });
      },
    },
  ],
];

/** A Map: an object would find `toString` and `__proto__` among its events. */
const events = new Map<string, GitHubEvent>([
  ...requestEvents,
  ...installationEvents,
  ["ping", { has: ["zen"], lacks: ["issue", "pull_request", "comment"], interpret: () => ignored("ping") }],
]);

/** Checked on the text: `Buffer.from(…, "hex")` silently cuts at the first wrong digit. */
const signaturePattern = /^sha256=[0-9a-f]{64}$/i;

/** Used where there is no secret, so that a missing one costs the same work as a wrong one. */
const dummySecret = randomBytes(32).toString("hex");

/**
 * Returns true if one of the secrets signs these bytes. The header is GitHub's `X-Hub-Signature-256`; two headers joined by
 * `, ` do not fit its grammar. An empty secret never verifies, since its HMAC is not a secret.
 * (docs.github.com, "Validating webhook deliveries")
 */
export function verifySignature(body: Uint8Array, header: string | null, secrets: readonly string[]): boolean {
  const isWellFormed = header !== null && signaturePattern.test(header);
  const claimed = Buffer.from(isWellFormed ? header.slice("sha256=".length) : "0".repeat(64), "hex");
  const usable = secrets.filter((secret) => secret !== "");
  let isSigned = false;
  for (const secret of usable.length > 0 ? usable : [dummySecret]) {
    const expected = createHmac("sha256", secret).update(body).digest();
    if (timingSafeEqual(expected, claimed)) isSigned = true;
  }
  return isSigned && isWellFormed && usable.length > 0;
}

const eventPattern = /^[a-z0-9_]{1,64}$/;
const deliveryPattern = /^[\w.:-]{1,128}$/;

/** Neither header is signed: a value that does not fit its grammar counts as absent. */
function readHeader({ headers }: WebhookHead, name: string, grammar: RegExp): string | null {
  const value = headers.get(name);
  return value !== null && grammar.test(value) ? value : null;
}

/** A signature of the right form, an event, and an id that is one if it is there: GitHub sends nothing else. */
function screen(head: WebhookHead): "unsigned" | "malformed" | null {
  if (readHeader(head, "x-hub-signature-256", signaturePattern) === null) return "unsigned";
  const hasEvent = readHeader(head, "x-github-event", eventPattern) !== null;
  const hasId = readHeader(head, "x-github-delivery", deliveryPattern) !== null;
  const isIdAbsent = (head.headers.get("x-github-delivery") ?? "") === "";
  return hasEvent && (hasId || isIdAbsent) ? null : "malformed";
}

/** The headers in which GitHub describes a delivery; none is a credential. */
const recordedHeaders = [
  "x-github-event",
  "x-github-delivery",
  "x-github-hook-id",
  "x-github-hook-installation-target-id",
  "x-github-hook-installation-target-type",
  "x-github-enterprise-host",
  "x-github-enterprise-version",
];

/** The receiving side of GitHub: signatures of App webhooks, and what their events request. */
export function createGitHubSource(bot: BotIdentity, webhookSecrets: readonly string[]): WebhookSource {
  return {
    form: {
      // A webhook's settings choose either; the form has the JSON in its field `payload`.
      contentTypes: ["application/json", "application/x-www-form-urlencoded"],
      events: [...events.keys()],
      recordedHeaders,
    },
    screen,
    async verify(webhook) {
      const { body, headers, installation } = webhook;
      const secrets = installation ? [installation.webhookSecret ?? ""] : webhookSecrets;
      if (!verifySignature(body, headers.get("x-hub-signature-256"), secrets)) return null;
      return {
        event: readHeader(webhook, "x-github-event", eventPattern) ?? "unknown",
        externalId: readHeader(webhook, "x-github-delivery", deliveryPattern),
      };
    },
    interpret({ event: name, installation }, payload) {
      const event = events.get(name);
      if (!event) return ignored("event_unsupported");
      return fitsEvent(event, payload) ? event.interpret(payload, installation, bot) : ignored("event_mismatch");
    },
  };
}
