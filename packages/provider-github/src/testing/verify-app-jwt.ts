import { createPublicKey, verify } from "node:crypto";

const undecodable = "A JSON web token could not be decoded";

function decode(part: string | undefined): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(part ?? "", "base64url").toString());
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

/**
 * Why GitHub would refuse this JWT of an App, in its words; null when it is good: RS256 by the App's key, `iat` not in
 * the future, `exp` at most ten minutes away, `iss` the App's id.
 * (docs.github.com, "Generating a JSON Web Token (JWT) for a GitHub App")
 */
export function verifyAppJwt(token: string | null, publicKey: string, appId: number, now: Date): string | null {
  const [header, payload, signature, ...rest] = (token ?? "").split(".");
  const claims = decode(payload);
  if (!claims || signature === undefined || rest.length > 0) return undecodable;
  if (decode(header)?.["alg"] !== "RS256") return undecodable;
  const signed = Buffer.from(`${header}.${payload}`);
  if (!verify("RSA-SHA256", signed, createPublicKey(publicKey), Buffer.from(signature, "base64url")))
    return undecodable;
  const seconds = now.getTime() / 1000;
  const { iat, exp, iss } = claims;
  if (typeof exp !== "number" || exp <= seconds) {
    return "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires";
  }
  if (exp > seconds + 600) return "'Expiration time' claim ('exp') is too far in the future";
  if (typeof iat !== "number" || iat > seconds + 60) {
    return "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued";
  }
  return String(iss) === String(appId) ? null : "'Issuer' claim ('iss') must be an Integer";
}
