import { createPrivateKey, createSign } from "node:crypto";
import type { Clock, Logger } from "@agentbot/core";
import { isRequestError } from "./github-errors.js";

/** The App's own credential: short-lived JSON web tokens, signed with its private key. */
export interface AppCredential {
  /** A token for the next request. */
  sign(): string;
  /** How far GitHub's clock is assumed to be ahead of this machine's, in milliseconds. */
  readonly aheadMs: number;
  /**
   * Returns true if GitHub refused a token because of this machine's clock: tokens follow GitHub's clock from then on, and
   * the request can be tried again. `signedAheadMs` is {@link aheadMs} of the moment when the refused token was signed.
   */
  correctClock(error: unknown, signedAheadMs: number): boolean;
}

/** Options of {@link createAppCredential}. */
export interface AppCredentialOptions {
  readonly appId: number;
  /** PEM */
  readonly privateKey: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** GitHub's maximum is ten minutes; a token begins a little early, for clocks that differ by seconds. */
const lifetimeSeconds = 600;
const earlySeconds = 30;
/** The difference between two clocks for which GitHub never refuses a token, in milliseconds. */
const toleratedMs = 10_000;

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");

/**
 * The credential of one App. GitHub refuses every token of a machine whose clock is minutes off; its answers carry the
 * right time. (docs.github.com, "Generating a JSON Web Token (JWT) for a GitHub App")
 */
export function createAppCredential({ appId, privateKey, clock, logger }: AppCredentialOptions): AppCredential {
  let aheadMs = 0;
  return {
    get aheadMs() {
      return aheadMs;
    },
    sign() {
      const iat = Math.floor((clock.now().getTime() + aheadMs) / 1000) - earlySeconds;
      const exp = iat + lifetimeSeconds;
      const unsigned = `${encode({ alg: "RS256", typ: "JWT" })}.${encode({ iat, exp, iss: String(appId) })}`;
      return `${unsigned}.${createSign("RSA-SHA256").update(unsigned).sign(privateKey, "base64url")}`;
    },
    correctClock(error, signedAheadMs) {
      if (!isRequestError(error) || error.status !== 401) return false;
      const githubMs = Date.parse(String(error.response?.headers["date"]));
      const differenceMs = githubMs - clock.now().getTime();
      const isOff = (assumedMs: number): boolean => Math.abs(differenceMs - assumedMs) > toleratedMs;
      // The first refusal of several concurrent requests corrects it for all.
      if (isOff(aheadMs)) {
        aheadMs = differenceMs;
        logger.warn({ differenceMs }, "This machine's clock is wrong: GitHub's is used to sign in. Set the clock");
      }
      return isOff(signedAheadMs);
    },
  };
}

/** A token and the moment from which GitHub refuses it. */
export interface ExpiringToken {
  readonly token: string;
  readonly expiresAt: Date;
}

/** Keeps tokens until shortly before they expire. */
export interface TokenCache<Token extends ExpiringToken> {
  /** The token of this key, created if there is none; concurrent callers share one. */
  get(key: string, create: () => Promise<Token>): Promise<Token>;
  /** The token of this key if it has been created, else null. */
  peek(key: string): Token | null;
  /** Drops a token that was refused. */
  forget(key: string, token: Token): void;
  /** Drops all tokens and returns them, also those that are being created. */
  clear(): readonly Promise<Token>[];
}

/** A token whose remaining life is shorter is not used, in milliseconds: a slow request must not outlive it. */
const marginMs = 5 * 60_000;

/** A token that was created or is being created. */
interface Entry<Token> {
  readonly pending: Promise<Token>;
  /** Null while it is being created. */
  current: Token | null;
}

/** Options of {@link createTokenCache}. */
export interface TokenCacheOptions<Token extends ExpiringToken> {
  readonly clock: Clock;
  /** Receives the token that is dropped for a newer one: the one that was not used for longest. */
  readonly onEvicted: (token: Promise<Token>) => void;
  /** @defaultValue 1000 */
  readonly maxTokens?: number;
}

/** A cache without any token. */
export function createTokenCache<Token extends ExpiringToken>(options: TokenCacheOptions<Token>): TokenCache<Token> {
  const { clock, onEvicted, maxTokens = 1000 } = options;
  const entries = new Map<string, Entry<Token>>();

  const touch = (key: string, entry: Entry<Token>): void => {
    entries.delete(key);
    entries.set(key, entry);
    const [oldest] = entries;
    if (entries.size <= maxTokens || oldest === undefined) return;
    entries.delete(oldest[0]);
    onEvicted(oldest[1].pending);
  };
  const isUsable = ({ current }: Entry<Token>): boolean =>
    current === null || current.expiresAt.getTime() - clock.now().getTime() > marginMs;

  return {
    async get(key, create) {
      const known = entries.get(key);
      const entry = known && isUsable(known) ? known : { pending: create(), current: null };
      touch(key, entry);
      try {
        entry.current = await entry.pending;
        return entry.current;
      } catch (error) {
        if (entries.get(key) === entry) entries.delete(key);
        throw error;
      }
    },
    peek: (key) => entries.get(key)?.current ?? null,
    forget(key, token) {
      if (entries.get(key)?.current === token) entries.delete(key);
    },
    clear() {
      const all = [...entries.values()].map(({ pending }) => pending);
      entries.clear();
      return all;
    },
  };
}

/**
 * The App's private key as PKCS#8 PEM, from a PEM with real or `\n`-escaped line ends or from its base64; null if the text
 * holds no RSA private key.
 */
export function parsePrivateKey(text: string): string | null {
  const unescaped = text
    .trim()
    .replace(/^["']|["']$/g, "")
    .replaceAll("\\r", "")
    .replaceAll("\\n", "\n");
  const pem = unescaped.includes("-----BEGIN") ? unescaped : Buffer.from(unescaped, "base64").toString();
  try {
    const key = createPrivateKey(pem);
    return key.asymmetricKeyType === "rsa" ? key.export({ type: "pkcs8", format: "pem" }).toString() : null;
  } catch {
    return null;
  }
}
