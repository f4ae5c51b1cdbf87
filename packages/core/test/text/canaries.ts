import { generateKeyPairSync, randomBytes } from "node:crypto";

const letters = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJ";

const pemOf = (key: { export(options: { type: "pkcs8"; format: "pem" }): string | Buffer }): string =>
  key.export({ type: "pkcs8", format: "pem" }).toString();

/** One secret of each kind that a process of the bot may know. Made from parts: no scanner takes them for real. */
export const canaries: Readonly<Record<string, string>> = {
  "classic personal token": ["ghp", letters.slice(0, 36)].join("_"),
  "OAuth token": ["gho", letters.slice(1, 37)].join("_"),
  "user token": ["ghu", letters.slice(2, 38)].join("_"),
  "refresh token": ["ghr", letters.slice(3)].join("_"),
  "installation token": ["ghs", letters.slice(4, 40)].join("_"),
  "fine-grained token": ["github_pat", letters.slice(5)].join("_"),
  "Anthropic key": ["sk-ant", "api03", letters.slice(6)].join("-"),
  "OpenAI key": ["sk-proj", letters.slice(7)].join("-"),
  "Slack bot token": ["xoxb", "1234567890", letters.slice(8, 40)].join("-"),
  "Slack app token": ["xapp", "1", letters.slice(9)].join("-"),
  "Sentry token": ["sntrys", letters.slice(10)].join("_"),
  "Linear key": ["lin_api", letters.slice(6, 40)].join("_"),
  "GitLab token": ["glpat", randomBytes(15).toString("base64url")].join("-"),
  "Atlassian token": `ATATT3${randomBytes(24).toString("base64url")}`,
  "AWS secret key": randomBytes(30).toString("base64"),
  "npm token": ["npm", randomBytes(27).toString("base64url").replace(/[_-]/g, "x")].join("_"),
  "admin token": randomBytes(32).toString("hex"),
  "webhook secret": randomBytes(24).toString("hex"),
  "encryption key": randomBytes(32).toString("base64"),
  "database password": randomBytes(20).toString("base64url"),
  "Redis password": `${randomBytes(18).toString("base64url")}!?`,
  "proxy password": randomBytes(18).toString("hex"),
  "RSA key": pemOf(generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey),
  "elliptic key": pemOf(generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey),
  "Ed25519 key": pemOf(generateKeyPairSync("ed25519").privateKey),
};

const reverse = (text: string): string => Array.from(text).reverse().join("");
const base64 = (text: string): string => Buffer.from(text).toString("base64");
const hex = (text: string): string => Buffer.from(text).toString("hex");
const chunks = (text: string, length: number): string[] => text.match(new RegExp(`[^]{1,${length}}`, "g")) ?? [];

/** The forms in which an agent may write a secret. */
export const forms: Readonly<Record<string, (secret: string) => string>> = {
  "as it is": (secret) => secret,
  "without its first 7 characters": (secret) => secret.slice(7),
  "without its last character": (secret) => secret.trim().slice(0, -1),
  spaced: (secret) => chunks(secret, 1).join(" "),
  "one character a line": (secret) => chunks(secret, 1).join("\n"),
  "in quoted pieces": (secret) =>
    chunks(secret, 8)
      .map((chunk) => JSON.stringify(chunk))
      .join(" + "),
  reversed: reverse,
  base64,
  base64url: (secret) => Buffer.from(secret).toString("base64url"),
  "base64 behind a user": (secret) => base64(`x-access-token:${secret}`),
  "base64 behind another one": (secret) => base64(`ab${secret}`),
  "base64 in lines": (secret) => chunks(base64(secret), 40).join("\n"),
  "reversed base64": (secret) => reverse(base64(secret)),
  "base64 of its reverse": (secret) => base64(reverse(secret)),
  hex,
  "hex in capitals": (secret) => hex(secret).toUpperCase(),
  "hex with colons": (secret) => chunks(hex(secret), 2).join(":"),
  "reversed hex": (secret) => reverse(hex(secret)),
  "URL-encoded": encodeURIComponent,
  "with escaped line ends": (secret) => secret.replaceAll("\n", "\\n"),
  "as JSON in JSON": (secret) => JSON.stringify(JSON.stringify({ secret })),
};

/**
 * The windows of 16 letters and digits that a form must not leave in any sink. Of a key, only what follows its first line,
 * which keys have in common.
 */
export function windowsOf(secret: string, form: (secret: string) => string): readonly string[] {
  const start = secret.startsWith("-----BEGIN") ? secret.indexOf("\n") + 65 : 0;
  const body = start === 0 ? secret : secret.slice(start, secret.indexOf("-----END"));
  // The beginning that a form adds is left out, with the character in which base64 mixes its end and the secret.
  const before = withoutRest(form("")).length;
  const written = withoutRest(form(body)).slice(before === 0 ? 0 : before + 1);
  return Array.from({ length: Math.max(0, written.length - 15) }, (_, place) => written.slice(place, place + 16));
}

/** The letters and digits of a text. */
export function withoutRest(text: string): string {
  return text.replace(/[^A-Za-z0-9]+/g, "");
}
