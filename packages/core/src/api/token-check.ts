import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

const digest = (value: string | Buffer): Buffer => createHash("sha256").update(value).digest();

/**
 * Makes the check whether a request shows the admin token as `Authorization: Bearer …`. It tells nothing by the time it
 * takes. Without a token nobody has it.
 */
export function createTokenCheck(token: string | null): (headers: Headers) => boolean {
  // Digests have one length, and the random one is nobody's: each refusal costs the same.
  const wanted = digest(token ?? randomBytes(32));
  return (headers) => {
    const shown = /^bearer +(\S+) *$/i.exec(headers.get("authorization") ?? "")?.[1];
    return timingSafeEqual(digest(shown ?? ""), wanted) && shown !== undefined;
  };
}
