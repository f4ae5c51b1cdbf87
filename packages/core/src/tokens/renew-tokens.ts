import { z } from "zod";
import { AgentBotError } from "../errors/agentbot-error.js";
import { checkStorable, parseOptions } from "../errors/parse-options.js";
import { backOffMs } from "../lifecycle/back-off.js";
import { withDeadline } from "../lifecycle/deadline.js";
import { sleep } from "../lifecycle/system-clock.js";
import { unlessAborted } from "../lifecycle/unless-aborted.js";
import type { CredentialKey, OAuthTokens, RefreshOptions, RenewTokens } from "../ports/credential-store.js";
import { nameSchema } from "../task/name.js";
import type { ShapeOf } from "../task/shape-of.js";

const printable = z.string().regex(/^[\x20-\x7e]*$/, "expected printable ASCII");
const token = printable.min(1);
const tokensSchema = z.object({
  accessToken: token,
  refreshToken: token.nullable(),
  expiresAt: z.date().nullable(),
  scopes: z.array(printable),
});

const credentialSchema = z.object({
  key: z.object({ provider: nameSchema, externalId: nameSchema }),
  tokens: tokensSchema,
});

/**
 * Checks tokens and their key before they are stored.
 *
 * @throws AgentBotError `REQUEST_INVALID` naming every wrong field, and no token
 */
export function checkTokens(key: CredentialKey, tokens: OAuthTokens): OAuthTokens {
  return checkStorable("A credential", credentialSchema, { key, tokens }).tokens;
}

/** The stored tokens of one account, while no other caller renews them. */
export interface LockedCredential {
  /** The stored tokens, or null. */
  find(): Promise<OAuthTokens | null>;
  /**
   * Stores renewed tokens unless others were saved, or all removed, since the first `find`; returns whether it did. It is
   * called again after a failure whose outcome is unknown.
   */
  replace(renewed: OAuthTokens): Promise<boolean>;
}

/** The input of {@link refreshTokens}. */
export interface TokenRefresh extends RefreshOptions {
  /** The tokens that are about to expire. */
  readonly stale: OAuthTokens;
  /** Requests new ones from the provider. */
  readonly renew: RenewTokens;
}

const timeoutSchema = z.strictObject({ timeoutMs: z.int().positive().max(20_000).default(10_000) } satisfies ShapeOf<
  Pick<RefreshOptions, "timeoutMs">
>);

/**
 * The rules of `CredentialStore.refresh`, the same for every store: `lock` runs a turn while no other caller has one for
 * this account.
 */
export async function refreshTokens(
  { stale, renew, timeoutMs: given, signal }: TokenRefresh,
  lock: (turn: (credential: LockedCredential) => Promise<OAuthTokens | null>) => Promise<OAuthTokens | null>,
): Promise<OAuthTokens | null> {
  const { timeoutMs } = parseOptions("refresh", timeoutSchema, given === undefined ? {} : { timeoutMs: given });
  const refreshing = lock(async (credential) => {
    signal.throwIfAborted();
    const stored = await credential.find();
    if (!stored || !isSame(stored, stale)) return stored;
    if (stored.refreshToken === null) return null;
    return await renewStored(credential, stored, renew, timeoutMs);
  });
  return await unlessAborted(refreshing, signal);
}

/** The expiry counts too: a provider may extend the same access token. */
function isSame(one: OAuthTokens, other: OAuthTokens): boolean {
  return (
    one.accessToken === other.accessToken &&
    one.refreshToken === other.refreshToken &&
    one.expiresAt?.getTime() === other.expiresAt?.getTime()
  );
}

async function renewStored(
  credential: LockedCredential,
  stored: OAuthTokens,
  renew: RenewTokens,
  timeoutMs: number,
): Promise<OAuthTokens | null> {
  const late = new AbortController();
  const renewing = (async () => await renew(stored, { signal: late.signal }))();
  const renewed = await withDeadline(renewing, timeoutMs, () => {
    const error = lost(`the provider did not answer within ${timeoutMs} ms`);
    // Outside of the lock by then, where `replace` leaves tokens of others alone all the same.
    renewing.then((tokens) => store(credential, tokens, timeoutMs)).catch(() => {});
    late.abort(error);
    return error;
  });
  return await store(credential, renewed, timeoutMs);
}

/** A try may hang as long as the rest of them takes: a network that is cut does not answer. */
const triesInTime = 4;
const pauses = { baseMs: 20, capMs: 1000 };

async function store(
  credential: LockedCredential,
  renewed: OAuthTokens,
  timeoutMs: number,
): Promise<OAuthTokens | null> {
  const endsAtMs = performance.now() + timeoutMs;
  for (let tried = 1; ; tried += 1) {
    try {
      const tokens = checkStorable("Renewed tokens", tokensSchema, renewed);
      const storing = async () => ((await credential.replace(tokens)) ? tokens : await credential.find());
      return await withDeadline(storing(), timeoutMs / triesInTime, noAnswer);
    } catch (error) {
      const pauseMs = backOffMs(tried, pauses);
      const isWorthIt = AgentBotError.hasCode(error, "STORE_UNAVAILABLE") && performance.now() + pauseMs < endsAtMs;
      if (!isWorthIt) throw lost("they could not be stored", error);
      await sleep(pauseMs);
    }
  }
}

function noAnswer(): AgentBotError {
  return new AgentBotError("STORE_UNAVAILABLE", "The store did not answer in time.");
}

function lost(why: string, cause?: unknown): AgentBotError {
  return new AgentBotError(
    "CREDENTIALS_LOST",
    `An account's tokens may be lost, since ${why}: the provider may have replaced those that are stored. If it refuses them, connect the account again.`,
    { cause },
  );
}
