import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";
import { cString, int32, message } from "./wire.js";

/** What the server asks for, by the number at the head of its request. */
const request = { none: 0, password: 3, md5: 5, sasl: 10, saslContinue: 11, saslFinal: 12 } as const;

/** Answers the server's requests (`R`) for a password: gives what is to be sent, or null. */
export type AnswerAuthentication = (body: Buffer) => Buffer | null;

/** Makes the answers of one connection: a password as text, by MD5 or by SCRAM-SHA-256 (RFC 5802). */
export function createAuthentication(user: string, password: string): AnswerAuthentication {
  const nonce = randomBytes(18).toString("base64");
  const clientFirst = `n=,r=${nonce}`;

  return (body) => {
    const asked = body.readInt32BE(0);
    const rest = body.subarray(4);
    if (asked === request.none || asked === request.saslFinal) return null;
    if (asked === request.password) return message("p", cString(password));
    if (asked === request.md5) return message("p", cString(`md5${md5(md5(password + user), rest.subarray(0, 4))}`));
    if (asked === request.sasl && rest.toString().split("\0").includes("SCRAM-SHA-256")) {
      const first = Buffer.from(`n,,${clientFirst}`);
      return message("p", cString("SCRAM-SHA-256"), int32(first.length), first);
    }
    if (asked === request.saslContinue)
      return message("p", Buffer.from(scramProof(password, clientFirst, rest.toString())));
    throw new Error(`it asks for a kind of authentication that is not known here (${asked})`);
  };
}

function scramProof(password: string, clientFirst: string, serverFirst: string): string {
  const fields = new Map(serverFirst.split(",").map((field) => [field.slice(0, 1), field.slice(2)]));
  const salt = Buffer.from(fields.get("s") ?? "", "base64");
  const salted = pbkdf2Sync(password, salt, Number(fields.get("i")), 32, "sha256");
  const clientKey = hmac(salted, "Client Key");
  const clientFinal = `c=biws,r=${fields.get("r")}`;
  const signature = hmac(
    createHash("sha256").update(clientKey).digest(),
    [clientFirst, serverFirst, clientFinal].join(","),
  );
  const proof = clientKey.map((byte, index) => byte ^ (signature[index] ?? 0));
  return `${clientFinal},p=${Buffer.from(proof).toString("base64")}`;
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

function md5(...parts: readonly (string | Buffer)[]): string {
  const hash = createHash("md5");
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
}
