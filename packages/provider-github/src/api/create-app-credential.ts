import { createSign } from "node:crypto";
import type { Clock, Logger } from "@agentbot/core";
import { isRequestError } from "./map-github-error.js";

/** The App's own proof of who it is: short-lived JSON web tokens, signed with its private key. */
export interface AppCredential {
  /** A token for the next request, and when it ends. */
  sign(): { readonly jwt: string; readonly expiresAt: string };
  /** By how much GitHub's clock is taken to be ahead of this machine's, in milliseconds. */
  readonly aheadMs: number;
  /**
   * Looks whether a refusal comes of this machine's clock: then tokens go by GitHub's from now on, and the request, signed
   * when GitHub's was taken to be so far ahead, is worth another try.
   */
  correctClock(error: unknown, signedAheadMs: number): boolean;
}

/** What {@link createAppCredential} needs. */
export interface AppCredentialOptions {
  readonly appId: number;
  /** PEM */
  readonly privateKey: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** GitHub takes ten minutes at most; it is begun a little early, for clocks that differ by seconds. */
const lifeSeconds = 600;
const earlySeconds = 30;
/** Less is no difference that GitHub refuses a token for, in milliseconds. */
const toleratedMs = 10_000;

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");

/**
 * Makes the credential of one App. A machine whose clock is minutes off would have every request refused, and every task
 * with it; GitHub's answers tell the right time.
 * (docs.github.com, "Generating a JSON Web Token (JWT) for a GitHub App")
 */
export function createAppCredential({ appId, privateKey, clock, logger }: AppCredentialOptions): AppCredential {
  let aheadMs = 0;
  return {
    get aheadMs() {
      return aheadMs;
    },
    sign() {
      const iat = Math.floor((clock.now().getTime() + aheadMs) / 1000) - earlySeconds;
      const exp = iat + lifeSeconds;
      const unsigned = `${encode({ alg: "RS256", typ: "JWT" })}.${encode({ iat, exp, iss: String(appId) })}`;
      const signature = createSign("RSA-SHA256").update(unsigned).sign(privateKey, "base64url");
      return { jwt: `${unsigned}.${signature}`, expiresAt: new Date(exp * 1000).toISOString() };
    },
    correctClock(error, signedAheadMs) {
      if (!isRequestError(error) || error.status !== 401) return false;
      const saidMs = Date.parse(String(error.response?.headers["date"]));
      const differenceMs = saidMs - clock.now().getTime();
      const isOff = (takenMs: number): boolean => Math.abs(differenceMs - takenMs) > toleratedMs;
      // Of several requests on their way, the first one refused has corrected it for all.
      if (isOff(aheadMs)) {
        aheadMs = differenceMs;
        logger.warn({ differenceMs }, "This machine's clock is wrong: GitHub's is used to sign in. Set the clock");
      }
      return isOff(signedAheadMs);
    },
  };
}
