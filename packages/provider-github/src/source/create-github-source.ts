import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { RawWebhook, WebhookSource } from "@agentbot/core";
import type { BotIdentity } from "./actors.js";
import { fitsEvent, type GitHubEvent, ignored } from "./github-event.js";
import { installationEvents } from "./installation-events.js";
import { requestEvents } from "./request-events.js";

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

/** Neither header is signed: a value that does not fit its grammar counts as absent. */
function readHeader({ headers }: RawWebhook, name: string, grammar: RegExp): string | null {
  const value = headers.get(name);
  return value !== null && grammar.test(value) ? value : null;
}

/** The receiving side of GitHub: signatures of App webhooks, and what their events request. */
export function createGitHubSource(bot: BotIdentity, webhookSecrets: readonly string[]): WebhookSource {
  return {
    // A webhook's settings choose either; the form has the JSON in its field `payload`.
    contentTypes: ["application/json", "application/x-www-form-urlencoded"],
    async verify(webhook) {
      const { body, headers, installation } = webhook;
      const secrets = installation ? [installation.webhookSecret ?? ""] : webhookSecrets;
      if (!verifySignature(body, headers.get("x-hub-signature-256"), secrets)) return null;
      return {
        event: readHeader(webhook, "x-github-event", /^[a-z_]{1,64}$/) ?? "unknown",
        externalId: readHeader(webhook, "x-github-delivery", /^[\w.:-]{1,128}$/),
      };
    },
    interpret({ event: name, installation }, payload) {
      const event = events.get(name);
      if (!event) return ignored("event_unsupported");
      return fitsEvent(event, payload) ? event.interpret(payload, installation, bot) : ignored("event_mismatch");
    },
  };
}
