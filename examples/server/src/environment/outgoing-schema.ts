import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { resolve } from "node:path";
import { z } from "zod";

/**
 * The variables by which programs find a proxy, with those that count for each, the first one first. Lower case wins, as in
 * curl; `HTTP_PROXY` counts for https too, as in Claude Code.
 */
export const proxyVariables: Readonly<Record<"HTTPS_PROXY" | "HTTP_PROXY" | "NO_PROXY", readonly string[]>> = {
  HTTPS_PROXY: ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "http_proxy", "HTTP_PROXY"],
  HTTP_PROXY: ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"],
  NO_PROXY: ["no_proxy", "NO_PROXY"],
};

/** The address of a proxy, with its port: programs differ in the one that they would assume. */
export const proxyUrl = z.string().transform((value, context) => {
  const url = parseUrl(/^[a-z][a-z\d+.-]*:\/\//i.test(value) ? value : `http://${value}`);
  const isAddress = url !== null && `${url.pathname}${url.search}${url.hash}` === "/" && isDecodable(url);
  if (isAddress && (url.protocol === "http:" || url.protocol === "https:")) {
    const user = url.username === "" ? "" : `${url.username}:${url.password}@`;
    return `${url.protocol}//${user}${url.hostname}:${url.port || (url.protocol === "http:" ? 80 : 443)}`;
  }
  context.addIssue(
    "must be an address such as http://proxy:3128 or http://user:password@proxy:3128, with special characters as %XX",
  );
  return z.NEVER;
});

function parseUrl(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null;
}

function isDecodable({ username, password }: URL): boolean {
  try {
    return decodeURIComponent(`${username}${password}`) !== null;
  } catch {
    return false;
  }
}

const hostName = /^[a-z\d_-]+(?:\.[a-z\d_-]+)*\.?$/i;

/** Hosts that are reached without a proxy, as a list of names, domains, addresses and networks; `*` is every host. */
export const noProxyList = z
  .string()
  .transform((value) =>
    value
      .split(/[\s,]+/)
      .filter((entry) => entry !== "")
      .map((entry) =>
        entry
          .replace(/^\*?\./, "")
          .replace(/^\[(.*)\]$/, "$1")
          .toLowerCase(),
      ),
  )
  .refine(
    (entries) => entries.every((entry) => entry === "*" || isIP(bare(entry)) !== 0 || hostName.test(entry)),
    "must be host names, domains, addresses and networks, separated by commas, without ports",
  );

/** An address without the length of its network, which has to fit it. */
function bare(entry: string): string {
  const [, address = entry, bits] = /^(.+)\/(\d{1,3})$/.exec(entry) ?? [];
  return bits !== undefined && Number(bits) > (isIP(address) === 6 ? 128 : 32) ? "" : address;
}

/** A file of certificates in PEM, which Node itself has read at its start, or ignored with a warning. */
export const certificateFile = z.string().transform((path, context) => {
  try {
    const content = readFileSync(path);
    if (new X509Certificate(content) && content.includes("-----BEGIN CERTIFICATE-----")) return resolve(path);
  } catch (error) {
    const isUnread = error instanceof Error && "syscall" in error && "code" in error;
    if (isUnread) context.addIssue(`the file cannot be read (${error.code})`);
    if (isUnread) return z.NEVER;
  }
  context.addIssue("the file holds no certificate in PEM");
  return z.NEVER;
});
